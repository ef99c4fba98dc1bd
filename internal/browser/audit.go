package browser

import (
	_ "embed"
	"fmt"
	"strings"
)

var (
	//go:embed audit.js
	audit string
	//go:embed focus.js
	focus string
)

// MinContrast is the least ratio of luminances of a text and its ground (WCAG 2.2, success criterion 1.4.3, level AA).
const MinContrast = 4.5

// Faults are what a reader would have trouble with in the page as it is shown now, a line each: texts of too little
// contrast, controls and pictures without a name, a page that is wider than the window, headings that skip a level,
// landmarks and identifiers that are missing or doubled.
func (tab *Tab) Faults() (faults []string) {
	tab.t.Helper()
	tab.Eval(fmt.Sprintf("(%s)(%g)", audit, MinContrast), &faults)
	return append(faults, tab.nameless()...)
}

// named are the roles that mean nothing without an accessible name (WAI-ARIA 1.2, section 5.2.8.4 and the roles' own
// tables).
const named = " button link checkbox radio switch tab slider spinbutton textbox combobox listbox menuitem option " +
	"img image table grid heading radiogroup tablist dialog region navigation "

// nameless are the elements whose role wants a name, as Chromium computes both, and that have none.
func (tab *Tab) nameless() (faults []string) {
	tab.t.Helper()
	var tree struct {
		Nodes []struct {
			Ignored    bool
			Role, Name struct{ Value any }
			Backend    int `json:"backendDOMNodeId"`
		}
	}
	tab.call("Accessibility.getFullAXTree", nil, &tree)
	for _, n := range tree.Nodes {
		role, name := fmt.Sprint(n.Role.Value), strings.TrimSpace(fmt.Sprint(n.Name.Value))
		if n.Ignored || !strings.Contains(named, " "+strings.ToLower(role)+" ") || name != "" && name != "<nil>" {
			continue
		}
		var node struct {
			Node struct {
				Name       string   `json:"nodeName"`
				Attributes []string `json:"attributes"`
			}
		}
		tab.call("DOM.describeNode", dict{"backendNodeId": n.Backend}, &node)
		faults = append(faults, fmt.Sprintf("%s without a name: <%s %s>", role, strings.ToLower(node.Node.Name),
			strings.Join(node.Node.Attributes, " ")))
	}
	return faults
}

// Stop is where the Tab key leads: what has the focus, and what is wrong with that.
type Stop struct {
	Name  string // role or element, and text, such as "button Dark"
	Fault string // such as that nothing shows the focus; "" for nothing
}

// maxStops is more than a reader would press the Tab key through.
const maxStops = 500

// Stops presses the Tab key from the top of the page to its end and says where it led, in order.
func (tab *Tab) Stops() (all []Stop) {
	tab.t.Helper()
	tab.Eval("scrollTo(0, 0), document.activeElement?.blur(), document.body.tabIndex = -1, document.body.focus(), "+
		"document.body.removeAttribute('tabindex'), "+focus, nil)
	for range maxStops {
		tab.Press("Tab")
		var stop *Stop
		if tab.Eval("amoebaFocus()", &stop); stop == nil {
			break
		}
		all = append(all, *stop)
	}
	var missed []string
	tab.Eval("amoebaMissed()", &missed)
	for _, m := range missed {
		all = append(all, Stop{m, "the Tab key never leads there"})
	}
	return all
}
