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

// The range of the x axis, set here because labels would otherwise count as data; undefined where Plotly knows best.
export function acrossRange(data, axis, dates) {
  const all = data.flatMap((trace) => (trace.type === "bar" ? [NaN] : [...values(trace.x)]));
  if (dates) {
    const sorted = all.map(String).sort();
    return sorted.length > 1 ? [sorted[0], sorted[sorted.length - 1]] : undefined;
  }
  if (all.length < 2 || all.some((value) => typeof value !== "number" || Number.isNaN(value))) return undefined;
  const [low, high] = [Math.min(...all), Math.max(...all)].map((value) => onAxis(axis, value));
  const room = (high - low || 1) * 0.05;
  return [axis.rangemode === "tozero" ? 0 : low - room, high + room];
}

// Lines over time end together, at the right edge; other curves carry their name where they end.
export function endLabels(data, layout, dates) {
  return data
    .filter((trace) => (trace.mode ?? "").includes("lines") && trace.name && trace.meta?.label !== false)
    .filter((trace) => trace.meta?.role !== "band")
    .map((trace) => ({ trace, end: lastKnown(trace) }))
    .filter(({ end }) => end && (dates || typeof end.x === "number"))
    .map(({ trace, end }) => ({
      name: NAME, text: trace.name, showarrow: false, xshift: 8, xanchor: "left", yanchor: "middle", yref: "y",
      y: onAxis(layout.yaxis, end.y), ...(dates ? { xref: "paper", x: 1 } : { xref: "x", x: onAxis(layout.xaxis, end.x) }),
      font: { family: token("sans"), size: 12, color: trace.line.color },
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
