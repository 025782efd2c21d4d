// Charts: figures come from the server as data, roles and axis titles; this layer gives them the look of the page.
//
// <div class="chart" data-figure="ID"> beside <script type="application/json" id="ID">{"data": …, "layout": …}</script>
// trace.meta.role   v0 to v3 (variants), p50 p90 p95 p99, queue input infer output (parts), errors, trial, band (with meta.of)
// trace.meta.label  false: no label at the end of the line
// shape.name and annotation.name   limit, marker, zero
// Times are text without a zone, already in the zone of the page.

import { roleOf, token, translucent } from "./figure_roles.js";
import { acrossRange, endLabels, spread } from "./figure_labels.js";

const LEFT = 40;
const CONFIG = { displayModeBar: false, responsive: true, scrollZoom: false };
const narrow = matchMedia("(max-width: 600px)");
const drawn = new WeakMap();

function font(name = "axis", size = 12) {
  return { family: token("sans"), size, color: token(name) };
}

// What the figure says wins over the base, but for colours and fonts, which it never carries.
function merge(base, over) {
  for (const [key, value] of Object.entries(over)) {
    const both = value && base[key] && typeof value === "object" && typeof base[key] === "object";
    if (both && !Array.isArray(value)) merge(base[key], value);
    else base[key] = value;
  }
  return base;
}

function styledTrace(trace, index) {
  const role = roleOf(trace, index);
  const color = token(role.color);
  if (trace.meta?.role === "band") {
    const of = token(roleOf({ meta: { role: trace.meta.of } }, 0).color);
    return merge({ line: { width: 1, color: translucent(of, 0.55) }, fillcolor: translucent(of, 0.15) }, trace);
  }
  if (trace.type === "bar") {
    const bar = { marker: { color, line: { color: token("surface"), width: 1 } }, textfont: font("ink-2") };
    return merge({ ...bar, error_y: { color: token("ink-2"), thickness: 1, width: 3 } }, trace);
  }
  const line = { color, width: role.width, dash: role.dash };
  const marker = { color, size: 7, opacity: 1, line: { color, width: 1.5 } };
  return merge({ line, marker, textfont: font("ink-2"), connectgaps: false, error_y: { color, thickness: 1, width: 3 } }, trace);
}

const SHAPES = {
  limit: () => ({ line: { color: token("bad-s"), width: 1, dash: "dash" } }),
  marker: () => ({ line: { color: token("marker"), width: 1, dash: "dot" } }),
  zero: () => ({ line: { color: token("ink-2"), width: 1.25 } }),
};
const NOTES = { limit: "bad-t", marker: "ink-2", zero: "ink-2" };

function titleText(axis) {
  return typeof axis?.title === "string" ? axis.title : (axis?.title?.text ?? "");
}

function isDate(figure) {
  const first = figure.data[0]?.x?.[0];
  return figure.layout?.xaxis?.type === "date" || (typeof first === "string" && /^\d{4}-\d\d-\d\d/.test(first));
}

function baseLayout(figure) {
  const chinese = document.documentElement.lang.startsWith("zh");
  const dates = isDate(figure);
  const axis = () => ({
    showline: false, zeroline: false, ticks: "", tickfont: font(), fixedrange: true, ticklabelstandoff: 4,
    gridcolor: token("grid"), gridwidth: 1, exponentformat: "none", separatethousands: true,
  });
  const time = {
    spikecolor: token("control"), spikethickness: 1, spikedash: "solid", hoverformat: "%d %b %H:%M:%S",
    tickformatstops: [
      { dtickrange: [null, 60000], value: "%H:%M:%S" },
      { dtickrange: [60000, 43200000], value: "%H:%M" },
      { dtickrange: [43200000, null], value: chinese ? "%-m/%-d" : "%-d %b" },
    ],
  };
  return {
    paper_bgcolor: token("surface"), plot_bgcolor: token("surface"), font: font(), separators: ".,", dragmode: false,
    margin: { l: LEFT, r: 16, t: 26, b: 28 }, hovermode: dates ? "x unified" : "closest", bargap: 0.35,
    hoverlabel: { bgcolor: token("surface"), bordercolor: token("line-2"), font: font("ink") },
    xaxis: { ...axis(), showgrid: false, nticks: narrow.matches ? 4 : 7, ...(dates ? time : {}) },
    yaxis: { ...axis(), nticks: 5, rangemode: "tozero" },
    annotations: [], shapes: [], showlegend: false,
  };
}

// The y title stands at top left, horizontal, over the tick labels.
function unitLabel(text) {
  return {
    text, x: 0, y: 1, xref: "paper", yref: "paper", xanchor: "left", yanchor: "bottom",
    xshift: -LEFT, yshift: 6, showarrow: false, font: font(),
  };
}

function legend() {
  // At the foot of the box, whatever stands above: the title of the axis may or may not be there.
  const place = { yref: "container", y: 0, yanchor: "bottom", x: 0 };
  return { orientation: "h", traceorder: "normal", font: font("ink-2"), itemclick: false, itemdoubleclick: false, ...place };
}

function themed(source) {
  const figure = structuredClone(source);
  const { template, title, ...given } = figure.layout ?? {};
  const layout = merge(baseLayout(figure), given);
  const unit = titleText(layout.yaxis);
  layout.yaxis.title = "";
  layout.shapes = layout.shapes.map((shape) => ({ ...shape, ...SHAPES[shape.name]?.() }));
  layout.annotations = layout.annotations.map((note) => ({
    ...note, showarrow: note.showarrow ?? false, font: font(NOTES[note.name] ?? "ink-2", 11.5),
  }));
  if (unit) layout.annotations.push(unitLabel(unit));
  const across = titleText(layout.xaxis);
  if (across) {
    layout.xaxis.title = { text: across, font: font(), standoff: 8 };
    layout.margin.b = 44;
  }
  const data = figure.data.map(styledTrace);
  const dates = isDate(figure);
  layout.xaxis.range ??= acrossRange(data, layout.xaxis, dates);
  const labels = endLabels(data, layout, dates);
  if (labels.length && !narrow.matches) {
    layout.annotations.push(...labels);
    const longest = Math.max(...labels.map((label) => label.text.length));
    layout.margin.r = Math.max(layout.margin.r, 20 + Math.min(longest, 22) * 6.6);
  } else if (data.filter((trace) => trace.name && trace.showlegend !== false).length > 1) {
    layout.showlegend = true;
    layout.legend = legend();
    layout.margin.b += narrow.matches ? 48 : 28;
  }
  return { data, layout };
}

async function draw(node, { again = false } = {}) {
  const source = document.getElementById(node.dataset.figure)?.textContent;
  if (!source || (!again && drawn.get(node) === source)) return;
  drawn.set(node, source);
  const { data, layout } = themed(JSON.parse(source));
  await globalThis.Plotly.react(node, data, layout, CONFIG);
  const moved = spread(node.layout, node.clientHeight);
  if (moved) await globalThis.Plotly.relayout(node, { annotations: moved });
}

function drawAll(options) {
  if (!globalThis.Plotly) return;
  document.querySelectorAll(".chart[data-figure]").forEach((node) => draw(node, options).catch(reportError));
}

drawAll();
const redraw = () => drawAll({ again: true });
document.addEventListener("conch:theme", redraw);
narrow.addEventListener("change", redraw);
document.fonts?.ready.then(redraw);
// A poll brings new numbers: the same node is updated, so the reader's hover stays.
document.addEventListener("htmx:afterSettle", () => drawAll());
