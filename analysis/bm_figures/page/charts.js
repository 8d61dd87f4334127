const WIDTH = 340, HEIGHT = 190, ROOM = {left: 46, right: 10, top: 8, bottom: 40};
const TURNED = 16; // more height, where names below an axis stand aslant

/* ---- scales ---- */

function niceTicks(low, high, most, isWhole) {
  const raw = Math.max((high - low) / most, isWhole ? 1 : 0), power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find(m => m * power >= raw);
  const ticks = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step * 1e-9; at += step) ticks.push([at, say(Math.abs(at) < step * 1e-9 ? 0 : at)]);
  return ticks;
}

function scaleOf(axis, values, from, to) {
  const finite = values.filter(isNumber);
  let low = axis.low, high = axis.high;
  const least = finite.reduce((a, b) => Math.min(a, b), Infinity), most = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  const spare = 0.06 * (most - least) || 0.5;
  if (!isNumber(low)) low = finite.length ? least - spare : 0;
  if (!isNumber(high)) high = finite.length ? most + spare : 1;
  if (!(high > low)) high = low + 1;
  const turn = axis.log ? Math.log : value => value;
  const place = value => from + (turn(Math.max(value, axis.log ? low * 0.999 : -Infinity)) - turn(low)) / (turn(high) - turn(low)) * (to - from);
  return {place, low, high, ticks: axis.ticks || niceTicks(low, high, 5, axis.whole)};
}

/* ---- marks ---- */

const SHAPES = [r => `M${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0z`, r => `M${-r},${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
  r => `M0,${-1.2 * r}L${1.2 * r},${r}H${-1.2 * r}z`, r => `M0,${-1.4 * r}L${1.4 * r},0L0,${1.4 * r}L${-1.4 * r},0z`,
  r => `M0,${1.2 * r}L${1.2 * r},${-r}H${-1.2 * r}z`, r => `M${-r / 2},${-1.3 * r}h${r}v${0.8 * r}h${0.8 * r}v${r}h${-0.8 * r}v${0.8 * r}h${-r}v${-0.8 * r}h${-0.8 * r}v${-r}h${0.8 * r}z`,
  r => `M${-r},${-1.3 * r}L0,${-0.4 * r}L${r},${-1.3 * r}L${1.3 * r},${-r}L${0.4 * r},0L${1.3 * r},${r}L${r},${1.3 * r}L0,${0.4 * r}L${-r},${1.3 * r}L${-1.3 * r},${r}L${-0.4 * r},0L${-1.3 * r},${-r}z`,
  r => `M${-1.2 * r},0L${r},${-1.2 * r}V${1.2 * r}z`, r => `M${1.2 * r},0L${-r},${-1.2 * r}V${1.2 * r}z`];
const colour = style => `var(--c${style % 7})`;
function mark(series, x, y) {
  return make("path", {d: SHAPES[series.style % SHAPES.length](3.2), transform: `translate(${x.toFixed(1)},${y.toFixed(1)})`, stroke: colour(series.style),
    fill: series.dashed ? "var(--paper)" : colour(series.style), "stroke-width": series.dashed ? 1.2 : 0.5});
}

/* A path that breaks where a value is missing. */
function pathOf(series, x, y) {
  let path = "", pen = "M";
  series.x.forEach((at, i) => {
    if (!isNumber(series.y[i])) { pen = "M"; return; }
    path += `${pen}${x(at).toFixed(1)},${y(series.y[i]).toFixed(1)}`;
    pen = "L";
  });
  return path;
}

function drawSeries(svg, series, x, y, points) {
  if (series.joined)
    svg.append(make("path", {class: "s", d: pathOf(series, x.place, y.place), stroke: colour(series.style), "stroke-dasharray": series.dashed ? "5 3" : null}));
  series.x.forEach((at, i) => {
    const value = series.y[i], half = series.half ? series.half[i] : null;
    if (!isNumber(value)) return;
    const px = x.place(at), py = y.place(value);
    if (isNumber(half)) {
      const top = y.place(value + half), foot = y.place(value - half), highest = ROOM.top, lowest = HEIGHT - ROOM.bottom;
      const cap = at => at >= highest && at <= lowest ? `M${px - 3},${at}h6` : ""; // one that is cut off has none
      svg.append(make("path", {class: "bar", stroke: colour(series.style), d: `M${px},${Math.max(top, highest)}V${Math.min(foot, lowest)}${cap(top)}${cap(foot)}`}));
    }
    svg.append(mark(series, px, py));
    points.push({x: px, y: py, run: series.runs ? series.runs[i] : null,
      text: `${series.label}\n${series.names ? series.names[i] : say(at)}: ${say(value)}${sayInterval(value, half)}` +
        (series.runs ? `, at ${say(at)}` : "") + (series.n && series.n[i] !== null ? ` (n = ${series.n[i]})` : "")});
  });
}

function drawAxes(svg, x, y, xAxis, yAxis, isLast) {
  const foot = HEIGHT - ROOM.bottom, right = WIDTH - ROOM.right;
  for (const [value, text] of y.ticks) {
    if (value < y.low || value > y.high) continue;
    const at = y.place(value);
    svg.append(make("line", {class: "grid", x1: ROOM.left, x2: right, y1: at, y2: at}), make("text", {x: ROOM.left - 5, y: at + 4, "text-anchor": "end"}, text));
  }
  if (isNumber(yAxis.chance) && yAxis.chance >= y.low && yAxis.chance <= y.high) svg.append(make("line", {class: "chance", x1: ROOM.left, x2: right, y1: y.place(yAxis.chance), y2: y.place(yAxis.chance)}));
  for (const at of xAxis.breaks) svg.append(make("line", {class: "break", x1: x.place(at), x2: x.place(at), y1: ROOM.top, y2: foot}));
  const letters = x.ticks.reduce((sum, [, text]) => sum + text.length + 1.5, 0), hasNames = x.ticks.some(([, text]) => text.length > 4);
  const turned = hasNames && letters * 6 > right - ROOM.left;
  const taken = []; // texts that would stand in the way of others are left out; both ends come first
  const ends = x.ticks.length > 2 ? [x.ticks[x.ticks.length - 1], x.ticks[0], ...x.ticks.slice(1, -1).reverse()] : x.ticks;
  for (const [value, name] of ends) {
    if (value < x.low || value > x.high) continue;
    const at = x.place(value), half = 3 * name.length + 2, fits = hasNames || taken.every(([low, high]) => at + half <= low || at - half >= high);
    const text = fits ? name : "";
    if (fits) taken.push([at - half, at + half]);
    svg.append(make("line", {class: "frame", x1: at, x2: at, y1: foot, y2: foot + 3}),
      turned ? make("text", {transform: `translate(${at + 3},${foot + 13}) rotate(-28)`, "text-anchor": "end", style: "font-size:9px"}, text)
        : make("text", {x: at, y: foot + 15, "text-anchor": "middle"}, text));
  }
  svg.append(make("path", {class: "frame", d: `M${ROOM.left},${ROOM.top}V${foot}H${right}`}));
  if (!isLast) return;
  const below = turned ? TURNED : 0;
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT + below}`);
  svg.append(make("text", {class: "what", x: (ROOM.left + right) / 2, y: HEIGHT + below - 6, "text-anchor": "middle"}, xAxis.label));
}

/* ---- heat maps ---- */

const SHADES = [[0, 34, 78], [50, 69, 108], [107, 109, 114], [165, 152, 116], [224, 200, 91], [254, 232, 56]]; // cividis
function shade(share) {
  const at = Math.max(0, Math.min(1, share)) * (SHADES.length - 1), i = Math.min(Math.floor(at), SHADES.length - 2);
  return SHADES[i].map((from, c) => Math.round(from + (SHADES[i + 1][c] - from) * (at - i)));
}

function drawMatrix(svg, matrix, points, low, high) {
  const left = 70, foot = HEIGHT - 34, width = (WIDTH - left - 4) / matrix.columns.length, height = (foot - 4) / matrix.rows.length;
  matrix.values.forEach((row, r) => {
    svg.append(make("text", {x: left - 5, y: 4 + (r + 0.5) * height + 4, "text-anchor": "end"}, matrix.rows[r]));
    row.forEach((value, c) => {
      const cell = {x: left + c * width, y: 4 + r * height, width, height}, rgb = isNumber(value) ? shade((value - low) / (high - low || 1)) : null;
      svg.append(make("rect", {...cell, fill: rgb ? `rgb(${rgb})` : "none", stroke: "var(--paper)"}),
        make("text", {x: cell.x + width / 2, y: cell.y + height / 2 + 4, "text-anchor": "middle",
          style: `font-size:${Math.min(11, width / 3)}px;fill:${!rgb ? "var(--soft)" : rgb[1] < 130 ? "#fff" : "#000"}`},
        isNumber(value) ? value.toFixed(matrix.digits) : "–"));
      points.push({x: cell.x + width / 2, y: cell.y + height / 2, run: null,
        text: `${matrix.rows[r]}, ${matrix.columns[c]}: ${isNumber(value) ? value.toFixed(matrix.digits) : "no value yet"}` + (matrix.n ? ` (n = ${matrix.n[r][c]})` : "")});
    });
  });
  const turned = matrix.columns.join("  ").length * 6 > WIDTH - left;
  matrix.columns.forEach((name, c) => svg.append(make("text", {transform: `translate(${left + (c + 0.5) * width},${foot + 13}) rotate(${turned ? -28 : 0})`,
    "text-anchor": turned ? "end" : "middle", style: turned ? "font-size:9px" : null}, name)));
}
