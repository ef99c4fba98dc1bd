// Two functions for Stops in audit.go: what has the focus now, and what could have had it and never did. An expression.
(() => {
  const tabbable = () => [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex], audio[controls], video[controls]')]
    .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true}));
  const name = e => {
    const label = e.getAttribute('aria-label') ?? e.labels?.[0]?.textContent ?? e.textContent ?? '';
    const role = e.getAttribute('role') ?? e.tagName.toLowerCase();
    return `${role} ${label.replace(/\s+/g, ' ').trim()}`.slice(0, 60).trim();
  };
  const reached = new Set();
  let last = null;
  window.amoebaFocus = () => {
    const e = document.activeElement;
    if (!e || e === document.body || e === document.documentElement || reached.has(e)) return null;
    reached.add(e);
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    let fault = '';
    // The ring may be drawn around the label of a control that is itself hidden.
    const ringed = [e, ...(e.labels ?? []), e.nextElementSibling].filter(Boolean).some(x => {
      const s = getComputedStyle(x);
      return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || x === e && s.boxShadow !== 'none';
    });
    if (!ringed) fault = 'nothing shows that it has the focus';
    else if (!e.labels?.length && (box.width < 1 || box.height < 1)) fault = 'it has the focus and cannot be seen';
    else if (box.bottom <= 0 || box.top >= innerHeight) fault = 'it has the focus outside the window';
    else if (last && !(last.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING)) {
      fault = 'it comes before the one before';
    }
    last = e;
    return {Name: name(e), Fault: fault};
  };
  // Of radio buttons of one name the Tab key reaches one.
  const reachedGroup = e => e.type === 'radio' &&
    [...reached].some(r => r.type === 'radio' && r.name === e.name && r.form === e.form);
  window.amoebaMissed = () => tabbable().filter(e => !reached.has(e) && !reachedGroup(e)).map(name);
})()
