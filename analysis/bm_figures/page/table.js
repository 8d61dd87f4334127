/* ---- the table of runs ---- */

const STEP = 200;
const ids = data.columns[0].values;
const view = {sort: null, falls: false, most: STEP};

function cellOf(column, row) { return column.values[row]; }
function cellText(column, row) {
  const value = cellOf(column, row);
  return value === null ? "" : column.kind === "id" ? value.slice(0, 8) : String(value);
}
function keyOf(column, row) { return column.order ? column.order[row] : cellOf(column, row); }

function readFilter(text) {
  return text.trim().split(/\s+/).filter(Boolean).map(term => {
    const parts = /^([\w.]+)(!=|<=|>=|=|<|>)(.*)$/.exec(term);
    const column = parts && data.columns.find(column => column.name === parts[1]);
    const fixed = parts && !column ? data.settings.same[parts[1]] ?? null : null;
    if (!column && fixed === null) return row => data.columns.some(column => cellText(column, row).toLowerCase().includes(term.toLowerCase()));
    const [, , sign, wanted] = parts;
    return row => {
      const text = column ? cellText(column, row) : String(fixed), a = text === "inf" ? Infinity : text === "none" ? 0 : Number(text), b = wanted === "inf" ? Infinity : wanted === "none" ? 0 : Number(wanted);
      if (sign === "=") return text === wanted || (wanted !== "" && text !== "" && a === b);
      if (sign === "!=") return !(text === wanted || (wanted !== "" && text !== "" && a === b));
      return text !== "" && (sign === "<" ? a < b : sign === "<=" ? a <= b : sign === ">" ? a > b : a >= b);
    };
  });
}

function meanOf(values) {
  const finite = values.filter(isNumber), n = finite.length;
  if (!n) return {mean: null, half: null, n};
  const mean = finite.reduce((a, b) => a + b, 0) / n;
  if (n < 2) return {mean, half: null, n};
  const deviation = Math.sqrt(finite.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1));
  return {mean, half: data.t[Math.min(n - 1, data.t.length - 1)] * deviation / Math.sqrt(n), n};
}

/* Rows of {key by column, text by column, run}: runs, or means over the seeds of a group. */
function tableRows(rows) {
  if (!$("group").checked) return {columns: data.columns, rows: rows.map(row => ({keys: data.columns.map(c => keyOf(c, row)), texts: data.columns.map(c => cellText(c, row)), run: ids[row]}))};
  const settings = data.columns.filter(c => c.kind === "setting"), numbers = data.columns.filter(c => c.kind === "number");
  const status = data.columns.find(c => c.name === "status"), groups = new Map();
  for (const row of rows) {
    const key = settings.map(c => cellText(c, row)).join("\u0000");
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(row);
  }
  const counted = {name: "n", title: "seeds done / all", kind: "count"};
  return {columns: [...settings, counted, ...numbers], rows: [...groups.values()].map(members => {
    const done = members.filter(row => status.values[row] === "done"), means = numbers.map(c => meanOf(done.map(row => c.values[row])));
    return {run: null, keys: [...settings.map(c => keyOf(c, members[0])), done.length, ...means.map(m => m.mean)],
      texts: [...settings.map(c => cellText(c, members[0])), `${done.length} / ${members.length}`, ...means.map(m => m.mean === null ? "" : say(m.mean) + sayInterval(m.mean, m.half))]};
  })};
}

function compare(a, b) {
  const empty = value => value === null || value === undefined || value === "";
  if (empty(a) || empty(b)) return empty(a) - empty(b);
  const x = a === "inf" ? Infinity : a === "none" ? -Infinity : Number(a), y = b === "inf" ? Infinity : b === "none" ? -Infinity : Number(b);
  if (!isNaN(x) && !isNaN(y)) return x < y ? -1 : x > y ? 1 : 0;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

function fillTable() {
  const terms = readFilter($("filter").value), chosen = [];
  for (let row = 0; row < ids.length; row++) if (terms.every(term => term(row))) chosen.push(row);
  const {columns, rows} = tableRows(chosen), at = columns.findIndex(column => column.name === view.sort);
  if (at >= 0) rows.sort((a, b) => { const x = a.keys[at], y = b.keys[at], gone = v => v === null || v === ""; return (view.falls && !gone(x) && !gone(y) ? -1 : 1) * compare(x, y); });
  const isText = column => column.kind === "id" || column.kind === "setting" || column.kind === "text";
  $("table").tHead.replaceChildren(make("tr", {}, ...columns.map(column => make("th", {scope: "col", class: isText(column) ? "t" : null,
    "aria-sort": view.sort === column.name ? (view.falls ? "descending" : "ascending") : "none"},
  make("button", {type: "button", "data-sort": column.name}, column.title + (view.sort === column.name ? (view.falls ? " ▼" : " ▲") : ""))))));
  $("table").tBodies[0].replaceChildren(...rows.slice(0, view.most).map(row => make("tr", {}, ...row.texts.map((text, c) => make("td", {class: isText(columns[c]) ? "t" : null},
    columns[c].kind === "id" ? make("button", {type: "button", "data-run": row.run, "aria-label": `Run ${text}: settings, curves, profile`}, text) : text)))));
  $("more").hidden = rows.length <= view.most;
  $("more").textContent = `Show more (${Math.max(0, rows.length - view.most)} are left)`;
  $("rest").textContent = rows.length > view.most ? `${rows.length - view.most} more rows are not printed.` : "";
  $("count").textContent = `${rows.length} ${$("group").checked ? "groups of " + chosen.length + " runs" : "of " + ids.length + " runs"}`;
}

$("table").addEventListener("click", event => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.run) return openRun(button.dataset.run);
  const name = button.dataset.sort;
  view.falls = view.sort === name ? !view.falls : false;
  view.sort = name;
  fillTable();
  for (const other of $("table").tHead.querySelectorAll("button")) if (other.dataset.sort === name) other.focus();
});
for (const id of ["filter", "group"]) $(id).addEventListener("input", () => { view.most = STEP; fillTable(); });
$("more").addEventListener("click", () => { view.most += 5 * STEP; fillTable(); });
