// Lists what a reader would have trouble with; see Faults in audit.go. An expression: a function of the least contrast.
least => {
  const faults = [];
  const name = e => e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') +
    (e.getAttribute('class') ? '.' + e.getAttribute('class').trim().split(/\s+/).join('.') : '');

  // A colour of any CSS syntax as red, green, blue and opacity: the canvas knows them all.
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext('2d', {willReadFrequently: true});
  const known = new Map();
  const colour = text => {
    if (!known.has(text)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = '#000';
      pen.fillStyle = text;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      known.set(text, [r, g, b, a / 255]);
    }
    return known.get(text);
  };
  const over = (top, ground, opacity = 1) => {
    const a = top[3] * opacity;
    return [0, 1, 2].map(i => top[i] * a + ground[i] * (1 - a)).concat(1);
  };
  // Relative luminance and contrast ratio: WCAG 2.2, "Terms and definitions".
  const luminance = c => {
    const [r, g, b] = c.map(x => x / 255).map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };

  // What lies below an element of a page: the backgrounds of its ancestors.
  const ground = e => {
    const layers = [];
    for (; e; e = e.parentElement) layers.unshift(colour(getComputedStyle(e).backgroundColor));
    const dark = getComputedStyle(document.documentElement).colorScheme.includes('dark') &&
      matchMedia('(prefers-color-scheme: dark)').matches;
    return layers.reduce((below, layer) => over(layer, below), dark ? [18, 18, 18, 1] : [255, 255, 255, 1]);
  };
  // What lies below a text of a drawing: the shapes that were painted before it and hold its middle.
  const painted = text => {
    const svg = text.ownerSVGElement;
    const box = text.getBoundingClientRect();
    const x = box.x + box.width / 2, y = box.y + box.height / 2;
    let below = ground(svg);
    for (const shape of svg.querySelectorAll('path, rect, circle, ellipse, polygon, text')) {
      if (shape === text) break;
      if (shape.tagName === 'text' || !shape.isPointInFill) continue;
      const to = shape.getScreenCTM();
      if (!to || !shape.isPointInFill(new DOMPoint(x, y).matrixTransform(to.inverse()))) continue;
      const style = getComputedStyle(shape);
      if (style.fill === 'none') continue;
      below = over(colour(style.fill), below, style.fillOpacity * style.opacity);
    }
    return below;
  };
  const opacity = e => {
    let all = 1;
    for (; e; e = e.parentElement) all *= getComputedStyle(e).opacity;
    return all;
  };

  const seen = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim(), e = walker.currentNode.parentElement;
    if (!text || seen.has(e) || e.closest('script, style, noscript, template, title, desc, defs')) continue;
    seen.add(e);
    if (!e.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
    const box = e.getBoundingClientRect();
    if (box.width <= 1 || box.height <= 1) continue; // for those who hear the page
    const style = getComputedStyle(e), drawn = e.ownerSVGElement;
    const below = drawn ? painted(e.closest('text') ?? e) : ground(e);
    const ratio = contrast(over(colour(drawn ? style.fill : style.color), below, opacity(e)), below);
    if (ratio < least) {
      faults.push(`contrast ${ratio.toFixed(2)}, want ${least}: ${JSON.stringify(text.slice(0, 40))} in ${name(e)}`);
    }
    if (!drawn && parseFloat(style.fontSize) < 11) {
      faults.push(`text of ${style.fontSize}, want at least 11px: ${JSON.stringify(text.slice(0, 40))} in ${name(e)}`);
    }
  }

  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) {
    const out = [...document.body.querySelectorAll('*')].filter(e => {
      if (e.getBoundingClientRect().right <= innerWidth + 0.5) return false;
      for (let p = e.parentElement; p; p = p.parentElement) {
        if (getComputedStyle(p).overflowX !== 'visible') return false;
      }
      return true;
    });
    faults.push(`the page is ${wide} pixels wider than the window: ${out.slice(0, 5).map(name).join(', ')}`);
  }

  let level = 0;
  for (const h of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
    if (!h.checkVisibility()) continue;
    const l = +h.tagName[1];
    if (l > level + 1) {
      faults.push(`${name(h)} ${JSON.stringify(h.textContent.slice(0, 40))} follows a heading of level ${level}`);
    }
    level = l;
  }
  for (const [what, selector] of [['main', 'main'], ['h1', 'h1']]) {
    const n = document.querySelectorAll(selector).length;
    if (n !== 1) faults.push(`${n} elements ${what}, want one`);
  }
  if (!document.documentElement.lang) faults.push('the page has no language');
  if (!document.title.trim()) faults.push('the page has no title');
  const ids = new Set();
  for (const e of document.querySelectorAll('[id]')) {
    if (ids.has(e.id)) faults.push(`two elements have the id ${e.id}`);
    ids.add(e.id);
  }
  for (const e of document.querySelectorAll('[aria-labelledby], [aria-describedby], [aria-controls]')) {
    for (const attribute of ['aria-labelledby', 'aria-describedby', 'aria-controls']) {
      for (const id of (e.getAttribute(attribute) ?? '').split(/\s+/).filter(Boolean)) {
        if (!document.getElementById(id)) faults.push(`${name(e)}: ${attribute} names ${id}, which is not there`);
      }
    }
  }
  for (const e of document.querySelectorAll('[tabindex]')) {
    if (e.tabIndex > 0) faults.push(`${name(e)}: tabindex ${e.tabIndex} takes it out of the order of the page`);
  }
  return faults;
}
