/* ---- reading values ---- */

function showTip(point, svg) {
  const tip = $("tip"), box = svg.getBoundingClientRect(), factor = box.width / WIDTH;
  tip.textContent = point.text;
  tip.hidden = false;
  const x = box.left + point.x * factor, y = box.top + point.y * factor;
  tip.style.left = Math.max(4, Math.min(x + 12, innerWidth - tip.offsetWidth - 4)) + "px";
  tip.style.top = Math.max(4, y - tip.offsetHeight - 10) + "px";
  let ring = svg.querySelector(".now");
  if (!ring) svg.append(ring = make("path", {class: "now", d: SHAPES[0](7)}));
  ring.setAttribute("transform", `translate(${point.x},${point.y})`);
}
function hideTip(svg) {
  $("tip").hidden = true;
  const ring = svg.querySelector(".now");
  if (ring) ring.remove();
}

function readable(svg, points) {
  let at = -1;
  const nearest = event => {
    const box = svg.getBoundingClientRect(), x = (event.clientX - box.left) * WIDTH / box.width, y = (event.clientY - box.top) * WIDTH / box.width;
    let best = -1, least = 45 ** 2;
    points.forEach((point, i) => { const d = (point.x - x) ** 2 + (point.y - y) ** 2; if (d < least) { least = d; best = i; } });
    return best;
  };
  const show = i => { at = i; if (i < 0) hideTip(svg); else showTip(points[i], svg); };
  svg.addEventListener("pointermove", event => show(nearest(event)));
  svg.addEventListener("pointerdown", event => show(nearest(event)));
  svg.addEventListener("pointerleave", () => hideTip(svg));
  svg.addEventListener("blur", () => hideTip(svg));
  svg.addEventListener("click", event => { const i = nearest(event); if (i >= 0 && points[i].run) openRun(points[i].run); });
  svg.addEventListener("keydown", event => {
    const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
    if (step && points.length) { show((at + step + points.length) % points.length); event.preventDefault(); }
    else if (event.key === "Enter" && at >= 0 && points[at].run) openRun(points[at].run);
    else if (event.key === "Escape") hideTip(svg);
  });
}
