#include "report/html_page.hpp"

namespace fullshard::report {

std::string_view page_style() {
  return R"css(
:root {
  color-scheme: light dark;
  --page: #f5f6f8; --card: #ffffff; --ink: #161a22; --soft: #5c6675; --edge: #e2e5ea; --grid: #e9ecf1;
  --train: #2458d6; --eval: #c8501a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1116; --card: #161a21; --ink: #e7eaf0; --soft: #98a2b2; --edge: #262c36; --grid: #232a33;
    --train: #80a9ff; --eval: #ffa069;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
main { max-width: 1160px; margin: 0 auto; padding: 40px 24px 56px; }
header p { margin: 0; color: var(--soft); }
h1 { margin: 0 0 4px; font-size: 28px; line-height: 1.2; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 0; font-size: 15px; font-weight: 600; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 1px; margin: 28px 0 16px;
  padding: 0; background: var(--edge); border: 1px solid var(--edge); border-radius: 10px; overflow: hidden; }
.facts div { background: var(--card); padding: 14px 18px; }
.facts dt { color: var(--soft); font-size: 13px; }
.facts dd { margin: 2px 0 0; font-size: 21px; font-weight: 600; letter-spacing: -0.01em; white-space: nowrap; }
.facts small { display: block; color: var(--soft); font-size: 12.5px; font-weight: 400; letter-spacing: 0; }
.charts, .tables { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 16px; margin-top: 16px; }
.tables { grid-template-columns: repeat(2, minmax(0, 1fr)); align-items: start; }
.stack { display: grid; gap: 16px; min-width: 0; }
.card { background: var(--card); border: 1px solid var(--edge); border-radius: 10px; padding: 16px 20px; margin: 0;
  min-width: 0; }
.wide { grid-column: 1 / -1; }
figcaption { display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 10px; margin-bottom: 14px; }
figcaption small { color: var(--soft); }
.keys { margin-left: auto; display: flex; flex-wrap: wrap; gap: 0 14px; font-size: 13px; color: var(--soft); }
.key::before { content: ""; display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px;
  vertical-align: middle; background: currentColor; }
.key.train::before { background: var(--train); }
.key.eval::before { background: var(--eval); }
.plot { display: grid; grid-template-columns: max-content minmax(0, 1fr); column-gap: 10px; padding-right: 12px; }
.area { position: relative; height: 190px; cursor: crosshair; touch-action: pan-y; }
.wide .area { height: 320px; }
.area svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
.y, .x { position: relative; font-size: 12px; line-height: 1; color: var(--soft); }
.y b { visibility: hidden; font-weight: 400; }
.y span { position: absolute; right: 0; transform: translateY(-50%); white-space: nowrap; }
.x { grid-column: 2; height: 24px; }
.x span { position: absolute; top: 10px; transform: translateX(-50%); white-space: nowrap; }
path { fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round; stroke-linecap: round; }
path.grid { stroke: var(--grid); stroke-linecap: butt; }
path.train { stroke: var(--train); }
path.eval { stroke: var(--eval); }
path.raw { stroke-width: 1; opacity: 0.3; }
path.line { stroke-width: 2; }
path.dots { stroke-width: 7; }
.cursor { position: absolute; top: 0; bottom: 0; width: 1px; background: var(--soft); opacity: 0.6; pointer-events: none; }
.mark { position: absolute; width: 9px; height: 9px; margin: -4.5px; border-radius: 50%; border: 2px solid var(--card);
  pointer-events: none; }
.mark.train { background: var(--train); }
.mark.eval { background: var(--eval); }
.tip { position: absolute; z-index: 1; top: 6px; padding: 6px 10px; border-radius: 6px; background: var(--card);
  border: 1px solid var(--edge); box-shadow: 0 4px 14px #0003; font-size: 12.5px; white-space: pre; pointer-events: none; }
table { width: 100%; border-collapse: collapse; font-size: 14px; margin-top: 8px; }
td { padding: 6px 0; border-top: 1px solid var(--edge); vertical-align: top; overflow-wrap: anywhere; }
tr:first-child td { border-top: 0; }
td:first-child { color: var(--soft); padding-right: 18px; width: 38%; }
td.code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, monospace; font-size: 13px; }
.share { display: block; height: 4px; border-radius: 2px; margin-top: 3px; background: var(--train); min-width: 2px; }
.list { margin: 8px 0 0; padding-left: 18px; }
footer { margin-top: 28px; color: var(--soft); font-size: 13px; }
@media (max-width: 900px) { .charts, .tables { grid-template-columns: minmax(0, 1fr); } .wide .area { height: 260px; } }
@media (max-width: 520px) { main { padding: 24px 12px 40px; } .card { padding: 14px; } h1 { font-size: 23px; }
  .x span:nth-child(even) { display: none; } .facts { grid-template-columns: 1fr 1fr; } .facts dd { font-size: 18px; } }
@media print { .card, .facts { break-inside: avoid; } }
)css";
}

// The nearest logged step under the pointer, its value in every series that has one close by.
std::string_view page_script() {
  return R"js(
"use strict";
const charts = JSON.parse(document.getElementById("data").textContent);
const show = v => Math.abs(v) >= 1e-3 && Math.abs(v) < 1e6 || v === 0
  ? v.toLocaleString("en", {maximumSignificantDigits: 5}) : v.toExponential(3);
const nearest = (points, x) => {
  let low = 0, high = points.length - 1;
  while (high - low > 1) { const mid = (low + high) >> 1; if (points[mid][0] < x) low = mid; else high = mid; }
  return Math.abs(points[low][0] - x) <= Math.abs(points[high][0] - x) ? points[low] : points[high];
};
document.querySelectorAll(".area").forEach((area, index) => {
  const chart = charts[index], [x0, x1] = chart.x, [y0, y1] = chart.y;
  const place = y => chart.log ? Math.log(y / y0) / Math.log(y1 / y0) : (y - y0) / (y1 - y0);
  const add = name => { const e = document.createElement("div"); e.className = name; area.append(e); return e; };
  let drawn = [];
  const clear = () => { drawn.forEach(e => e.remove()); drawn = []; };
  const move = event => {
    clear();
    const box = area.getBoundingClientRect();
    const at = x0 + (x1 - x0) * (event.clientX - box.left) / box.width;
    const series = chart.s.filter(s => s.p.length);
    if (!series.length) return;
    const step = series.map(s => nearest(s.p, at)[0]).reduce((a, b) => Math.abs(b - at) < Math.abs(a - at) ? b : a);
    const left = (step - x0) / (x1 - x0), lines = ["step " + step.toLocaleString("en")];
    const cursor = add("cursor");
    cursor.style.left = 100 * left + "%";
    drawn.push(cursor);
    for (const s of series) {
      const [x, y] = nearest(s.p, step);
      if (x !== step && Math.abs(x - step) > 0.01 * (x1 - x0)) continue;
      const mark = add("mark " + s.c);
      mark.style.left = 100 * (x - x0) / (x1 - x0) + "%";
      mark.style.top = 100 * (1 - place(y)) + "%";
      drawn.push(mark);
      lines.push(s.n + "  " + show(y));
    }
    const tip = add("tip");
    tip.textContent = lines.join("\n");
    tip.style[left < 0.5 ? "left" : "right"] = "calc(" + 100 * (left < 0.5 ? left : 1 - left) + "% + 12px)";
    drawn.push(tip);
  };
  area.addEventListener("pointermove", move);
  area.addEventListener("pointerdown", move);
  area.addEventListener("pointerleave", clear);
});
)js";
}

}  // namespace fullshard::report
