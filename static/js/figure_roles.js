// Roles of a figure's traces, and the tokens they take their colours from.

const ROLES = {
  v0: { color: "v0", width: 2, dash: "dash" },
  v1: { color: "v1", width: 2.5, dash: "solid" },
  v2: { color: "v2", width: 2, dash: "solid" },
  v3: { color: "v3", width: 2, dash: "dot" },
  p50: { color: "p50", width: 1.25, dash: "solid" },
  p90: { color: "p90", width: 1.5, dash: "solid" },
  p95: { color: "p95", width: 2, dash: "solid" },
  p99: { color: "p99", width: 2.75, dash: "solid" },
  queue: { color: "v0", width: 2, dash: "solid" },
  input: { color: "p50", width: 2, dash: "solid" },
  infer: { color: "p99", width: 2, dash: "solid" },
  output: { color: "p90", width: 2, dash: "solid" },
  errors: { color: "bad-s", width: 2, dash: "solid" },
  trial: { color: "control", width: 1, dash: "solid" },
};
const BY_POSITION = ["v1", "v0", "v2", "v3"];

export function roleOf(trace, index) {
  return ROLES[trace.meta?.role] ?? ROLES[BY_POSITION[index % BY_POSITION.length]];
}

export function token(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

// Tokens are written as #rgb or #rrggbb.
export function translucent(hex, alpha) {
  const digits = hex.slice(1);
  const full = digits.length === 3 ? [...digits].map((digit) => digit + digit).join("") : digits;
  const [red, green, blue] = [0, 2, 4].map((from) => parseInt(full.slice(from, from + 2), 16));
  return `rgba(${red},${green},${blue},${alpha})`;
}
