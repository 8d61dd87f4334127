/* What a report has to do in a browser: appended to the page by tests/cli/report.t. Each check has a name; what fails is
 * told. The results stand in <pre id="said">, a line a check: 0 or 1, and the name. */
const said = [];
function check(name, test) {
  try { const wrong = test(); said.push(`${wrong === undefined || wrong === true ? 0 : 1} ${name}${wrong === undefined || wrong === true ? "" : ` (${wrong})`}`); }
  catch (error) { said.push(`1 ${name} (${error})`); }
}
const equal = (got, expected) => JSON.stringify(got) === JSON.stringify(expected) || `got ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`;
const all = selector => [...document.querySelectorAll(selector)];
const rowsShown = () => all("#table tbody tr").length;
const cells = name => { const at = all("#table thead th").findIndex(th => th.querySelector("button").dataset.sort === name); return all("#table tbody tr").map(tr => tr.cells[at].textContent); };
function filter(text) { $("filter").value = text; $("filter").dispatchEvent(new Event("input")); }
const press = (element, key) => element.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
const sortBy = name => document.querySelector(`[data-sort="${name}"]`).click();

check("the first screen has verdicts and the trade-off", () => equal([all("#answer .verdicts li").length >= 5, !!document.querySelector("#first-figure [data-figure^=tradeoff] svg")], [true, true]));
check("figures that are far away wait, and are drawn for the printer", () => { dispatchEvent(new Event("beforeprint")); return equal(all("figure[data-figure]").filter(f => !f.querySelector("svg")).length, 0); });
check("each figure has a title, a caption, axes with names, and a table of its values", () => equal(all("figure[data-figure]").filter(f => !f.querySelector("h3") || !f.querySelector("figcaption").textContent || !f.querySelector("h4").textContent || !f.querySelector("details")).length, 0));
check("each panel says what it is, and can be reached by the keyboard", () => equal(all("figure svg[role=img]").filter(s => !s.getAttribute("aria-label") || s.tabIndex !== 0).length, 0));
check("each x axis has its name, within the picture", () => equal(all("figure[data-figure]").filter(f => f.querySelector("svg path.frame")).filter(f => {
  const names = [...f.querySelectorAll("svg .what")].filter(name => name.textContent && name.getBBox().y + name.getBBox().height <= name.ownerSVGElement.viewBox.baseVal.height);
  return !names.length || names.length < f.querySelectorAll("svg .what").length;
}).map(f => f.dataset.figure), []));
check("so has one whose texts are aslant", () => {
  const svg = make("svg"), scale = ticks => ({place: v => v, low: 0, high: 300, ticks});
  drawAxes(svg, scale([..."abcdefgh"].map((letter, i) => [40 * i, letter.repeat(9)])), scale([]), {label: "layer", breaks: []}, {}, true);
  return equal([svg.querySelector(".what").textContent, svg.getAttribute("viewBox")], ["layer", `0 0 ${WIDTH} ${HEIGHT + TURNED}`]);
});
check("between whole numbers are no ticks where there is nothing", () => equal([niceTicks(0, 2, 5, true).map(([, text]) => text), niceTicks(0, 2, 5, false).length], [["0", "1", "2"], 5]));
check("a legend has what is drawn", () => { const series = (label, y) => ({label, y, x: [0], style: 0, joined: true}); return equal(legendOf({panels: [{series: [series("a", [1]), series("b", [null])]}]}).textContent.trim(), "a"); });
check("the values on hover are those that are stored", () => {
  const svg = document.querySelector("#first-figure svg"), series = data.figures[0].panels[0].series[0], box = svg.getBoundingClientRect();
  const i = series.y.findIndex(isNumber), mark = svg.querySelector("path[transform]"), [, x, y] = /translate\(([\d.]+),([\d.]+)\)/.exec(mark.getAttribute("transform"));
  svg.dispatchEvent(new PointerEvent("pointermove", {clientX: box.left + x * box.width / WIDTH, clientY: box.top + y * box.width / WIDTH}));
  const text = $("tip").textContent;
  return (!$("tip").hidden && text.includes(say(series.y[i])) && text.includes(`n = ${series.n[i]}`)) || text;
});
check("it goes away", () => { document.querySelector("#first-figure svg").dispatchEvent(new PointerEvent("pointerleave")); return $("tip").hidden; });
check("a missing point breaks the line", () => equal(pathOf({x: [0, 1, 2, 3], y: [1, null, 2, 3]}, v => v, v => v), "M0.0,1.0M2.0,2.0L3.0,3.0"));
check("a wide interval is cut off without a cap", () => { const g = make("svg"); drawSeries(g, {label: "", x: [0], y: [0], half: [1e6], style: 0, n: [2]}, {place: v => v}, {place: v => 100 - v}, []); return equal(g.querySelector(".bar").getAttribute("d"), `M0,${ROOM.top}V${HEIGHT - ROOM.bottom}`); });

check("the table has all runs", () => equal(rowsShown(), Math.min(ids.length, 200)));
check("it sorts, and again the other way", () => {
  sortBy("memorization");
  const up = cells("memorization").filter(Boolean).map(Number);
  sortBy("memorization");
  const down = cells("memorization").filter(Boolean).map(Number);
  return equal([up, down], [[...up].sort((a, b) => a - b), [...up].sort((a, b) => b - a)]);
});
check("what is undefined comes last either way", () => { const last = cells("memorization").at(-1); sortBy("memorization"); return equal([last, cells("memorization").at(-1)], ["", ""]); });
check("the order is told to screen readers, and the button keeps the focus", () => equal([all("th[aria-sort=ascending]").length, document.activeElement.dataset.sort], [1, "memorization"]));
check("inf is largest, none smallest", () => { sortBy("diversity"); const order = cells("diversity"); return equal([order[0], order.at(-1)], ["none", "inf"]); });
check("controls, buttons and tables have names", () => equal([all("input").filter(i => ![...i.labels].some(l => l.textContent.trim())).length, all("button").filter(b => !(b.textContent || b.getAttribute("aria-label"))).length,
  !!$(document.querySelector("#table").getAttribute("aria-labelledby"))], [0, 0, true]));
check("where the focus is can be seen", () => equal(["a", "summary", "input", "#group", "#table th button", "#table td button", "#first-figure svg", ".scroll"].filter(selector => {
  const element = document.querySelector(selector);
  element.focus({focusVisible: true});
  return document.activeElement !== element || !(parseFloat(getComputedStyle(element).outlineWidth) >= 2 && getComputedStyle(element).outlineStyle !== "none");
}), []));
check("it filters by value", () => { filter("diversity=inf memorization<99"); return (rowsShown() > 0 && cells("diversity").every(d => d === "inf") && cells("memorization").every(m => Number(m) < 99)) || rowsShown(); });
check("by what all runs have", () => { filter("classes=10 epochs=20"); const n = rowsShown(); filter("epochs=21"); return equal([n > 0, rowsShown()], [false, 0]); });
check("by words", () => { filter("crashed"); return equal([rowsShown(), cells("status")[0]], [1, "crashed"]); });
check("it says how many there are", () => { filter("crashed"); return $("count").textContent.startsWith("1 of ") || $("count").textContent; });
check("it groups over seeds", () => {
  filter("");
  $("group").checked = true;
  $("group").dispatchEvent(new Event("input"));
  const text = all("#table tbody tr").map(tr => [...tr.cells].map(td => td.textContent).join("|")).find(row => row.startsWith("none"));
  return equal(text.split("|").slice(0, 3), ["none", "3 / 3", "98 ± 5.0"]); // 96, 98, 100: 2 t / sqrt(3)
});
check("a group of one has no interval, and one that failed is counted", () => { const row = all("#table tbody tr").map(tr => [...tr.cells].map(td => td.textContent)).find(r => r[0] === "4"); return equal(row.slice(1, 3), ["1 / 2", "50"]); });
check("what is rounding alone is no interval", () => equal([sayInterval(99.81, 1.4e-14), sayInterval(99.81, 0.1234), sayInterval(150, 120.4), sayInterval(1, null)], [" ± 0", " ± 0.12", " ± 120", ""]));
check("and runs again", () => { $("group").checked = false; $("group").dispatchEvent(new Event("input")); return equal(rowsShown(), ids.length); });

check("a click on a run shows it", () => {
  document.querySelector("#table [data-run]").click();
  return equal([$("run").open, all("#run figure svg[role=img]").length > 1, $("again").textContent.includes("fixed:")], [true, true, true]);
});
check("what is shown there is called so", () => equal([$("run").getAttribute("aria-labelledby"), !!$("run-title")], ["run-title", true]));
check("it closes", () => { $("close").click(); return !$("run").open; });
check("arrow keys go through points, Enter opens a run", () => {
  const svg = all("figure[data-figure^=scatter] svg[role=img]").find(s => s.querySelector("path[transform]"));
  svg.focus();
  press(svg, "ArrowRight");
  const text = $("tip").textContent, isShown = !$("tip").hidden;
  press(svg, "Enter");
  const isOpen = $("run").open;
  $("run").close();
  return (isShown && /seed \d/.test(text) && isOpen) || `${text} ${isOpen}`;
});
check("texts of the file are texts", () => equal([window.bad === undefined, document.querySelectorAll("img, main script").length, document.querySelector("h1").textContent], [true, 0, document.title]));

const luminance = colour => { const c = /\d+(\.\d+)?/g, [r, g, b] = colour.match(c).slice(0, 3).map(v => { v = v / 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const contrast = (a, b) => { const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x); return (high + 0.05) / (low + 0.05); };
const colourOf = name => { const probe = make("span", {style: `color:var(--${name})`}); document.body.append(probe); const found = getComputedStyle(probe).color; probe.remove(); return found; };
check("texts have a contrast of 4.5, lines of 3", () => {
  const weak = ["ink", "soft", "link", "good", "bad", "open"].filter(n => contrast(colourOf(n), colourOf("paper")) < 4.5).concat(["c0", "c1", "c2", "c3", "c4", "c5", "c6"].filter(n => contrast(colourOf(n), colourOf("paper")) < 3));
  return equal(weak, []);
});
check("nothing is wider than a phone", () => {
  if (innerWidth > 832) return true; // styled for a desktop
  document.body.style.width = "390px";
  const left = document.body.getBoundingClientRect().left;
  const wide = all("body *").filter(e => !e.closest(".scroll > *, pre, dialog, .skip, script, #tip") && e.getBoundingClientRect().right - left > 390.5).map(e => e.tagName + "." + e.className);
  const tables = ["#cost", "#provenance"].filter(id => { const scroll = document.querySelector(id + " .scroll"); return scroll.scrollWidth > scroll.clientWidth; });
  document.body.style.width = "";
  return equal([...wide, ...tables], []);
});
/* What a printer gets: its style, for the screen. */
check("printed, no word of a table is broken, heads of columns are texts, and what is left out is told", () => {
  const rule = [...document.styleSheets[0].cssRules].find(r => r.media && r.media.mediaText === "print");
  view.most = 2;
  fillTable();
  rule.media.mediaText = "all";
  document.body.style.width = "300px";
  const lines = e => { const range = document.createRange(); range.selectNodeContents(e.querySelector("button") || e); return new Set([...range.getClientRects()].map(r => Math.round(r.top))).size; };
  const broken = all("#table td, #table th, th[scope=row]").filter(e => e.textContent && !/\s/.test(e.textContent) && lines(e) > 1).map(e => e.textContent);
  const got = [broken, getComputedStyle($("table").querySelector("th button")).display, getComputedStyle($("rest")).display, $("rest").textContent, $("count").getClientRects().length > 0];
  rule.media.mediaText = "print";
  document.body.style.width = "";
  view.most = STEP;
  fillTable();
  return equal(got, [[], "contents", "block", `${ids.length - 2} more rows are not printed.`, true]) === true && $("rest").textContent === "" || JSON.stringify(got);
});
check("nothing is wider than the window", () => document.documentElement.scrollWidth <= innerWidth || `${document.documentElement.scrollWidth} > ${innerWidth}`);
const isDark = luminance(colourOf("paper")) < 0.2;
document.body.append(make("pre", {id: "said"}, `${said.join("\n")}\nwindow ${innerWidth} ${isDark ? "dark" : "light"}\nEND\n`));
