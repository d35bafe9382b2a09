// Runs before anything is drawn, so that the page does not flash in the other theme. web/app/theme.ts writes it.
document.documentElement.dataset.theme = localStorage.getItem("diarist.theme") ?? "system";
