"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const $ = id => document.getElementById(id);

/* Elements are made, never parsed: texts stay texts. */
function make(name, attributes, ...children) {
  const isSvg = /^(svg|g|path|line|rect|text|title)$/.test(name);
  const element = isSvg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {}))
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  element.append(...children.filter(child => child !== null && child !== undefined));
  return element;
}
const isNumber = value => typeof value === "number" && isFinite(value);
const say = value => isNumber(value) ? String(Number(value.toPrecision(4))) : "–";
/* "98 ± 5.0"; what is rounding alone is 0. */
const sayInterval = (mean, half) => isNumber(half) ? ` ± ${half < 1e-9 * Math.abs(mean) ? 0 : half >= 10 ? Math.round(half) : half.toPrecision(2)}` : "";
