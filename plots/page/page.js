// The page: its curves, its theme, its buttons, and how a newer text of it takes its place. This file and chart.js are
// one function of the page; see script in page.go.

const root = document.documentElement;
const byID = (id) => document.getElementById(id);

// make is an element with attributes and children; text is never read as HTML.
function make(name, attributes, ...children) {
	const e = document.createElement(name);
	for (const [key, value] of Object.entries(attributes || {})) {
		if (value !== false && value !== undefined && value !== null) {
			e.setAttribute(key, value === true ? "" : value);
		}
	}
	e.append(...children);
	return e;
}

const charts = [];

function show(data) {
	document.querySelectorAll("[data-curves]").forEach((host) => {
		const of = data[+host.dataset.curves];
		if (!of || of.bands.length === 0) {
			return;
		}
		const known = charts.find((c) => c.host === host);
		if (known) {
			known.update(of);
			return;
		}
		charts.push(new Chart(host, of));
	});
}

const parsed = (of) => JSON.parse(of.getElementById("data").textContent);
show(parsed(document));

let waiting = 0;
addEventListener("resize", () => {
	cancelAnimationFrame(waiting);
	waiting = requestAnimationFrame(() => charts.forEach((c) => c.resize()));
});

// The theme is the reader's system's until they choose one.
const button = byID("theme");
const dark = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
function themed() {
	button.setAttribute("aria-pressed", isDark());
	charts.forEach((c) => c.draw());
}
button.hidden = false;
button.setAttribute("aria-pressed", isDark());
button.addEventListener("click", () => {
	root.dataset.theme = isDark() ? "light" : "dark";
	themed();
});
dark.addEventListener("change", themed);
let screen = null;
addEventListener("beforeprint", () => {
	screen = root.dataset.theme || "";
	root.dataset.theme = "light";
	themed();
});
addEventListener("afterprint", () => {
	if (screen === "") { delete root.dataset.theme; } else { root.dataset.theme = screen; }
	themed();
});

// Each text that somebody would type again has a button that copies it.
document.addEventListener("click", (e) => {
	const of = e.target.closest && e.target.closest("button[data-copy]");
	if (!of) {
		return;
	}
	const said = (text) => { of.textContent = text; setTimeout(() => { of.textContent = "Copy"; }, 1500); };
	const text = byID(of.dataset.copy).textContent;
	const refused = () => said("Not allowed");
	navigator.clipboard ? navigator.clipboard.writeText(text).then(() => said("Copied"), refused) : refused();
});

const stops = (e) => [...e.querySelectorAll("a, button, summary, input, select, [tabindex]")];

// replace takes over what a newer text of this page shows: the parts that are marked, and the curves.
window.amoebaReport = {
	replace(html) {
		const next = new DOMParser().parseFromString(html, "text/html");
		const open = new Set([...document.querySelectorAll("details[open][id]")].map((d) => d.id));
		document.querySelectorAll("[data-live][id]").forEach((was) => {
			const now = next.getElementById(was.id);
			if (!now || now.innerHTML === was.innerHTML) {
				return;
			}
			const at = stops(was).indexOf(document.activeElement); // who works with keys stays where they are
			was.replaceChildren(...now.childNodes);
			if (at >= 0 && stops(was)[at]) {
				stops(was)[at].focus({ preventScroll: true });
			}
		});
		document.querySelectorAll("details[id]").forEach((d) => { d.open = open.has(d.id) || d.open; });
		document.title = next.title;
		show(parsed(next));
	},
};
