// Names at the ends of lines, in the line's colour, in place of a legend.

import { token } from "./figure_roles.js";

const APART_PX = 15;
const NAME = "end-label";
const ARRAYS = {
  f8: Float64Array, f4: Float32Array, i4: Int32Array, u4: Uint32Array,
  i2: Int16Array, u2: Uint16Array, i1: Int8Array, u1: Uint8Array,
};

// Plotly for Python writes numpy arrays as base64.
function values(column) {
  if (!column?.bdata) return column ?? [];
  const bytes = Uint8Array.from(atob(column.bdata), (letter) => letter.charCodeAt(0));
  return [...new ARRAYS[column.dtype](bytes.buffer)];
}

function lastKnown(trace) {
  const [x, y] = [values(trace.x), values(trace.y)];
  for (let index = y.length - 1; index >= 0; index -= 1) {
    if (y[index] !== null && !Number.isNaN(y[index])) return { x: x[index] ?? index, y: y[index] };
  }
  return null;
}

const onAxis = (axis, value) => (axis.type === "log" ? Math.log10(value) : value);

export function endLabels(data, layout) {
  return data
    .filter((trace) => (trace.mode ?? "").includes("lines") && trace.name && trace.meta?.label !== false)
    .filter((trace) => trace.meta?.role !== "band")
    .map((trace) => ({ trace, end: lastKnown(trace) }))
    .filter(({ end }) => end)
    .map(({ trace, end }) => ({
      name: NAME, text: trace.name, x: onAxis(layout.xaxis, end.x), y: onAxis(layout.yaxis, end.y), xref: "x", yref: "y",
      xanchor: "left", yanchor: "middle", xshift: 8, showarrow: false, font: { family: token("sans"), size: 12, color: trace.line.color },
    }));
}

// Labels that would overlap are moved apart; null when none has to move.
export function spread(layout, height) {
  const labels = (layout.annotations ?? []).filter((note) => note.name === NAME);
  const [low, high] = layout.yaxis.range ?? [];
  if (labels.length < 2 || !(high > low)) return null;
  const pixels = (height - layout.margin.t - layout.margin.b) / (high - low);
  const sorted = [...labels].sort((one, other) => one.y - other.y);
  let below = -Infinity;
  let moved = false;
  for (const label of sorted) {
    const wanted = label.y * pixels;
    const place = Math.max(wanted, below + APART_PX);
    moved ||= place !== wanted;
    label.yshift = place - wanted;
    below = place;
  }
  return moved ? layout.annotations : null;
}
