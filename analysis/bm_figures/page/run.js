/* ---- one run ---- */

const settingOf = (key, row) => key in data.settings.same ? data.settings.same[key] : data.settings.other[key][row];

/* A sweep file of this run alone. Some columns have a name, or a way to write lists, that sweep files have not. */
function sweepOf(row) {
  const names = {class_list: "classes"}, inList = text => `[${text.split(",").filter(Boolean).join(", ")}]`;
  const quote = text => /^[\w.+\-\/]+$/.test(text) ? text : JSON.stringify(text);
  const text = key => data.settings.keys.includes(key) ? String(settingOf(key, row)) : "";
  const lines = data.settings.keys.filter(key => key !== "knn_also").map(key => {
    const value = key === "probes" ? inList(text(key)) : key === "knn_k" && text("knn_also") ? inList(`${text(key)},${text("knn_also")}`)
      : key === "class_list" && text(key).includes(",") ? inList(text(key)) : quote(text(key));
    return `  ${names[key] || key}: ${value}`;
  });
  return `name: again\nresults: again.h5\nfixed:\n${lines.join("\n")}\n`;
}

function runFigure(title, x, rows, panels, caption) { return make("figure", {}, ...drawFigure({title, caption, x, rows, panels}, "h3")); }

function curveFigure(row) {
  const [epochs, ...columns] = data.curves.of[row];
  if (!epochs.length) return null;
  const rows = data.curves.titles.map(title => ({label: title, low: title.includes("%") ? 0 : null, high: null, log: false, breaks: [], chance: null, ticks: null}));
  return runFigure("Over the epochs", {label: "epoch", low: 0, whole: true, breaks: []}, rows, columns.map((y, i) => ({title: "", row: i,
    series: [{label: data.curves.titles[i], x: epochs, y, style: i, joined: true, names: epochs.map(e => `epoch ${e}`)}]})),
  data.curves.thinned ? `At most ${data.curves.thinned} evaluations of a run are in this page; bm-results curve has all.` : "Each evaluation of the run.");
}

function profileFigure(row) {
  const {taps, titles, of} = data.profiles, x = taps.map((_, i) => i);
  const panels = titles.map((title, i) => ({title: "", row: i, series: [false, true].map(isStart => ({label: title + (isStart ? ", before training" : ""), dashed: isStart,
    x, y: of[row][i][isStart ? 1 : 0], style: i, joined: true, names: taps}))}));
  if (!panels.some(panel => panel.series.some(series => series.y.some(isNumber)))) return null;
  return runFigure("What each layer knows", {label: "layer (tap)", ticks: taps.map((tap, i) => [i, tap]), low: -0.3, high: taps.length - 0.7, breaks: []},
    titles.map(title => ({label: title, low: title.includes("%") ? 0 : null, breaks: []})), panels, "At the end; dashed, hollow: before training.");
}

function openRun(id) {
  const row = ids.indexOf(id);
  if (row < 0) return;
  const pairs = (names, text) => make("table", {}, make("tbody", {}, ...names.map(name => make("tr", {}, make("th", {scope: "row", class: "t"}, name), make("td", {class: "t"}, text(name))))));
  const measured = data.columns.filter(c => c.kind === "number" || c.name === "status"), id8 = id.slice(0, 8);
  $("run-body").replaceChildren(make("button", {type: "button", id: "close", onclick: () => $("run").close()}, "Close"), make("h2", {id: "run-title"}, `Run ${id8}`),
    pairs(measured.map(c => c.title), title => cellText(measured.find(c => c.title === title), row)),
    ...[profileFigure(row), curveFigure(row)].filter(Boolean),
    make("details", {open: data.settings.keys.length < 12}, make("summary", {}, "All settings"), pairs(data.settings.keys, key => String(settingOf(key, row)))),
    make("h3", {}, "How to reproduce it"), make("p", {}, "Save this as again.yaml, and: bm-sweep again.yaml. The run has the same id, and on the same instruction set, with one thread count, the same bits."),
    make("pre", {id: "again", tabindex: 0}, sweepOf(row)), make("p", {}, "What it printed, and its evaluations:"), make("pre", {tabindex: 0}, `bm-results log ${data.file} ${id8}\nbm-results curve ${data.file} ${id8}`));
  $("run").showModal();
  history.replaceState(null, "", "#run-" + id8);
}
$("run").addEventListener("close", () => history.replaceState(null, "", location.pathname + location.search));
