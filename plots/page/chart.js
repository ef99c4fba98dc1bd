// A chart of the curves of an experiment, with its switches, and the table that reads its values. This file and page.js
// are one function of the page; see script in page.go.

// Eight colours as figures have them, with a dash pattern each, and greys for baselines.
const dashes = [[], [7, 3], [2, 3], [9, 3, 2, 3], [12, 4], [4, 2, 1, 2], [1, 2], [6, 2, 2, 2, 2, 2]];
const greyDashes = [[5, 3], [1.5, 2.5], [8, 3, 2, 3]];

function looks(arms) {
	let n = -1, grey = -1;
	return arms.map((a) => {
		if (a.baseline) {
			grey++;
			return { hue: "g" + grey % greyDashes.length, dash: greyDashes[grey % greyDashes.length] };
		}
		n++;
		const round = Math.floor(n / dashes.length); // a colour that comes again has other dashes
		return { hue: "c" + n % dashes.length, dash: dashes[(n + 3 * round) % dashes.length] };
	});
}

// colour resolves a custom property of the style in the theme that is on.
const colour = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();

function faint(hex, alpha) {
	const n = parseInt(hex.slice(1), 16);
	return `rgba(${n >> 16}, ${n >> 8 & 255}, ${n & 255}, ${alpha})`;
}

const svgNS = "http://www.w3.org/2000/svg";

// swatch is a short piece of an algorithm's line.
function swatch(look) {
	const svg = document.createElementNS(svgNS, "svg"), line = document.createElementNS(svgNS, "line");
	const set = (e, attributes) => Object.entries(attributes).forEach(([k, v]) => e.setAttribute(k, v));
	set(svg, { class: "swatch " + look.hue, viewBox: "0 0 28 10", "aria-hidden": "true" });
	set(line, { x1: 1, x2: 27, y1: 5, y2: 5, "stroke-dasharray": look.dash.join(" ") });
	svg.append(line);
	return svg;
}

// shown prints a number with as many digits as its size needs.
function shown(v) {
	if (v === null || v === undefined) {
		return "–";
	}
	const size = Math.abs(v);
	if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
		return v.toExponential(3);
	}
	return size >= 1e4 ? Math.round(v).toLocaleString("en-US") : v.toFixed(size >= 100 ? 1 : 3);
}

// Trials and epochs are counted: their axis is marked at whole numbers, as many apart as 1, 2 or 5 times a power of 10.
const counts = [];
for (let ten = 1; ten < 1e9; ten *= 10) { counts.push(ten, 2 * ten, 5 * ten); }
function whole(axis) { return axis === "trials" || axis === "epochs" ? { incrs: counts } : {}; }

// tick prints the mark of an axis.
function tick(v) {
	if (v === null) {
		return "";
	}
	const size = Math.abs(v);
	if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
		return v.toExponential().replace("e+", "e");
	}
	return v.toLocaleString("en-US", { maximumSignificantDigits: 4 });
}

// pieces are a spec with places behind its commas where a line may break.
const pieces = (spec) => spec.split(/(?<=,)/).flatMap((text, i) => i ? [make("wbr"), text] : [text]);

// before is the last index at which a sorted list is at most v; -1 where none is.
function before(xs, v) {
	let low = -1, high = xs.length - 1;
	while (low < high) {
		const mid = low + high + 1 >> 1;
		if (xs[mid] <= v) { low = mid; } else { high = mid - 1; }
	}
	return low;
}

let count = 0;

class Chart {
	constructor(host, data) {
		this.host = host;
		this.id = "chart" + count++;
		this.hidden = new Set();
		this.at = 1; // where the values are read, as a part of the axis
		this.update(data);
	}

	// update shows other data with the choices that somebody has made.
	update(data) {
		this.data = data;
		this.looks = looks(data.arms);
		const names = (list) => list.map((x) => x.name);
		const keep = (was, list, first) => list.includes(was) ? was : list.includes(first) ? first : list[0];
		this.metric = keep(this.metric, names(data.measures),
			names(data.measures).includes("hypervolume") ? "hypervolume" : "regret"); // as the tests judge
		const of = this.axis;
		this.axis = keep(this.axis, names(data.axes), data.along);
		if (of !== this.axis) {
			this.logX = !!this.axisOf().log;
		}
		this.band = this.band || "median";
		if (this.logY === undefined) {
			this.logY = this.measureOf().regret;
		}
		// Controls that stay the same are left alone: somebody may have a list open.
		const shape = JSON.stringify([data.arms.map((a) => [a.label, a.baseline, a.runs > 1]), names(data.axes),
			data.measures.map((m) => [m.name, m.label])]);
		if (shape === this.shape) {
			this.draw();
			return;
		}
		this.shape = shape;
		this.build();
	}

	axisOf() { return this.data.axes.find((x) => x.name === this.axis); }
	measureOf() { return this.data.measures.find((m) => m.name === this.metric); }

	build() {
		const active = document.activeElement, focused = active && this.host.contains(active) ? active.id : "";
		this.box = make("div", { class: "canvas" });
		this.note = make("p", { class: "note" });
		this.host.replaceChildren(this.controls(), this.box, this.reader(), this.note, this.legend());
		this.draw();
		if (focused && byID(focused)) {
			byID(focused).focus();
		}
	}

	controls() {
		const choose = (label, key, options) => {
			const select = make("select", { id: `${this.id}-${key}` });
			for (const [value, text] of options) {
				select.append(make("option", { value, selected: value === this[key] }, text));
			}
			select.addEventListener("change", () => {
				this[key] = select.value;
				if (key === "axis") { this.logX = !!this.axisOf().log; }
				if (key === "metric") { this.logY = !!this.measureOf().regret; }
				this.build();
			});
			return make("label", { for: select.id }, make("span", {}, label), select);
		};
		const check = (label, key) => {
			const box = make("input", { type: "checkbox", id: `${this.id}-${key}`, checked: this[key] });
			box.addEventListener("change", () => { this[key] = box.checked; this.draw(); });
			return make("label", { class: "check", for: box.id }, box, label);
		};
		const several = this.data.arms.some((a) => a.runs > 1);
		const bar = make("div", { class: "controls", role: "group", "aria-label": "What the curves show" },
			choose("Show", "metric", this.data.measures.map((m) => [m.name, m.label])),
			choose("along", "axis", this.data.axes.map((x) => [x.name, x.label])));
		if (several) {
			bar.append(choose("as", "band", [["median", "median and quartiles"], ["mean", "mean and 95 % interval"]]));
		}
		bar.append(check("log x", "logX"), check("log y", "logY"));
		return bar;
	}

	// reader is the slider by which the values under the curves are read without a mouse.
	reader() {
		const slider = make("input", { type: "range", min: 0, max: 1000, id: this.id + "-at" });
		slider.addEventListener("input", () => { this.at = slider.value / 1000; this.read(true); });
		this.slider = slider;
		this.where = make("output", { for: slider.id });
		return make("div", { class: "reader" }, make("label", { for: slider.id }, "Read at"), slider, this.where);
	}

	legend() {
		const body = make("tbody");
		this.cells = this.data.arms.map((arm, i) => {
			const id = `${this.id}-arm${i}`;
			const box = make("input", { type: "checkbox", id, checked: !this.hidden.has(arm.label) });
			box.addEventListener("change", () => {
				if (box.checked) { this.hidden.delete(arm.label); } else { this.hidden.add(arm.label); }
				this.draw();
			});
			const value = make("td"), spread = make("td");
			body.append(make("tr", {}, make("th", { scope: "row" },
				make("label", { for: id }, box, swatch(this.looks[i]), make("span", {}, ...pieces(arm.label)))), value, spread));
			return [value, spread];
		});
		this.heads = [make("th", { scope: "col", class: "number" }), make("th", { scope: "col", class: "number" })];
		return make("table", { class: "legend" },
			make("caption", { class: "visually-hidden" }, "Values of the curves; each can be hidden"),
			make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Algorithm"), ...this.heads)), body);
	}

	// columns are the curves of an algorithm for what is chosen: x, low, middle and high.
	columns(arm) {
		const a = this.data.axes.findIndex((x) => x.name === this.axis);
		let m = this.data.measures.findIndex((x) => x.name === this.metric);
		const measure = this.data.measures[m];
		const turned = measure.base !== undefined;
		if (turned) { m = measure.base; }
		const b = this.data.bands[a][m][arm];
		let low, mid, high;
		if (this.band === "mean") {
			mid = b.mean;
			low = b.mean.map((v, i) => v === null ? null : v - (b.ci[i] || 0));
			high = b.mean.map((v, i) => v === null ? null : v + (b.ci[i] || 0));
		} else {
			[low, mid, high] = [b.q1, b.median, b.q3];
		}
		if (turned) { // a regret: so far from the best as this
			const from = this.data.measures[m].falls ? (v) => v - measure.best : (v) => measure.best - v;
			const all = (list) => list.map((v) => v === null ? null : Math.max(0, +from(v).toPrecision(6)));
			[low, mid, high] = [all(low), all(mid), all(high)];
			if (!this.data.measures[m].falls) { [low, high] = [high, low]; }
		}
		return { x: b.x, low, mid, high };
	}

	draw() {
		if (this.plot) {
			this.plot.destroy();
			this.plot = null;
		}
		const curves = this.curves = this.data.arms.map((_, i) => this.columns(i));
		const visible = (i) => !this.hidden.has(this.data.arms[i].label);
		let xs = [...new Set(curves.flatMap((c) => c.x))].sort((a, b) => a - b);
		if (this.logX) { xs = xs.filter((x) => x > 0); }
		this.xs = xs;
		// A logarithm has no place for 0: such values lie on the lower edge.
		let floor = null;
		if (this.logY) {
			let least = Infinity;
			curves.forEach((c, i) => visible(i) && [c.low, c.mid].forEach((l) => l.forEach((v) => {
				if (v > 0 && v < least) { least = v; }
			})));
			floor = least === Infinity ? 1e-3 : least / 1.5;
		}
		let clamped = false;
		const columns = [xs];
		const series = [{}], bands = [];
		curves.forEach((c, i) => {
			const at = xs.map((x) => x > c.x[c.x.length - 1] ? -1 : before(c.x, x));
			const column = (list) => at.map((k) => {
				const v = k < 0 ? null : list[k];
				if (v === null || floor === null || v >= floor) { return v; }
				clamped = clamped || visible(i);
				return floor;
			});
			const paths = uPlot.paths.stepped({ align: 1 });
			const line = colour(this.looks[i].hue);
			const edge = { show: visible(i), paths, points: { show: false }, stroke: "transparent", width: 0 };
			const alone = xs.length < 2;
			columns.push(column(c.low), column(c.high), column(c.mid));
			const grey = this.looks[i].hue[0] === "g";
			series.push({ ...edge }, { ...edge }, { show: visible(i), paths, points: { show: alone, size: 8 },
				stroke: line, width: grey ? 1.6 : 2, dash: this.looks[i].dash });
			const alpha = (grey ? .12 : .16) * Math.min(1, 5 / curves.length); // many bands lie upon each other
			bands.push({ series: [3 * i + 2, 3 * i + 1], fill: faint(line, alpha), dir: -1 });
		});
		const font = "12px " + getComputedStyle(document.body).fontFamily;
		const axis = (label) => ({ label, font, labelFont: font, stroke: colour("soft"), labelSize: 20, labelGap: 4,
			grid: { stroke: colour("grid"), width: 1 }, ticks: { stroke: colour("grid"), width: 1, size: 5 },
			values: (_, splits) => splits.map(tick) });
		const width = this.box.clientWidth || 640;
		this.width = width;
		const best = this.measureOf().base === undefined ? this.measureOf().best : undefined;
		const hooks = {
			setCursor: [(u) => {
				if (u.cursor.event && u.cursor.left >= 0) {
					this.at = u.cursor.left / (u.bbox.width / devicePixelRatio || 1);
					this.read(false);
				}
			}],
			draw: [(u) => typeof best === "number" && this.line(u, best)],
		};
		this.note.textContent = clamped ? "A logarithm has no place for 0: such values lie on the lower edge." : "";
		this.note.hidden = !clamped;
		const range = (_, low, high) => [low === null ? floor : Math.min(low, floor * 1.5), (high || 1) * 1.2];
		const mark = (v) => {
			if (this.logY && v !== null && clamped && v === floor) { return "0"; }
			return this.logY && v !== null && +v.toPrecision(1) !== v ? "" : tick(v);
		};
		let ready = false;
		hooks.ready = [() => { ready = true; this.read(true); }];
		this.plot = new uPlot({
			width, height: width < 500 ? 260 : 340, legend: { show: false }, padding: [12, 14, 0, 0], hooks,
			cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: true } },
			scales: {
				x: { time: false, distr: this.logX ? 3 : 1, range: (_, low, high) => [low, high > low ? high : low + 1] },
				y: this.logY ? { distr: 3, range } : { distr: 1 },
			},
			axes: [{ ...axis(this.axisOf().label), ...whole(this.axis), size: 34, labelGap: 0 },
				{ ...axis(this.measureOf().label), size: 62, values: (_, splits) => splits.map(mark) }],
			series, bands,
		}, columns, this.box);
		this.plot.over.addEventListener("dblclick", () => this.read(true));
		const canvas = this.plot.root.querySelector("canvas");
		canvas.setAttribute("role", "img");
		canvas.setAttribute("aria-label",
			`${this.measureOf().label} along ${this.axisOf().label}; the table beside it reads the values`);
		if (ready) { this.read(true); }
	}

	// line draws the best value that is known.
	line(u, y) {
		const at = u.valToPos(y, "y", true), { left, top, width, height } = u.bbox;
		if (!(at >= top && at <= top + height)) {
			return;
		}
		const c = u.ctx;
		c.save();
		c.strokeStyle = c.fillStyle = colour("soft");
		c.lineWidth = devicePixelRatio;
		c.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
		c.beginPath();
		c.moveTo(left, at);
		c.lineTo(left + width, at);
		c.stroke();
		c.font = `${11 * devicePixelRatio}px ${getComputedStyle(document.body).fontFamily}`;
		c.fillText("best of the benchmark", left + 6 * devicePixelRatio, at - 4 * devicePixelRatio);
		c.restore();
	}

	// read fills the table with the values where the cursor is.
	read(move) {
		const u = this.plot;
		if (!u) { return; }
		const wide = u.bbox.width / devicePixelRatio;
		const x = u.posToVal(this.at * wide, "x");
		if (move) {
			u.setCursor({ left: this.at * wide, top: 10 }, false);
		}
		this.slider.value = Math.round(1000 * this.at);
		const place = `${shown(x)} ${this.axisOf().label}`.replace(/\.000 /, " ");
		const trials = Math.max(1, Math.round(x)).toLocaleString("en-US");
		this.where.textContent = this.axis === "trials" ? trials + (trials === "1" ? " trial" : " trials") : place;
		this.slider.setAttribute("aria-valuetext", this.where.textContent);
		const m = this.measureOf(), unit = m.unit ? ` (${m.unit})` : "";
		this.heads[0].textContent = (this.band === "mean" ? "mean" : "median") + unit;
		this.heads[1].textContent = this.band === "mean" ? "95 % interval" : "quartiles";
		this.curves.forEach((c, i) => {
			const k = before(c.x, x * (1 + 1e-9)); // the end of the axis counts
			const [value, spread] = this.cells[i];
			value.textContent = k < 0 ? "–" : shown(c.mid[k]);
			spread.textContent = k < 0 || this.data.arms[i].runs < 2 ? "–" : `${shown(c.low[k])} – ${shown(c.high[k])}`;
		});
	}

	resize() {
		if (this.box.clientWidth && this.box.clientWidth !== this.width) {
			this.draw();
		}
	}
}
