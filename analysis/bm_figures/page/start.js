addFigures();
fillTable();
if (location.hash.startsWith("#run-")) openRun(ids.find(id => id.startsWith(location.hash.slice(5))));
document.documentElement.dataset.ready = Math.round(performance.now());
