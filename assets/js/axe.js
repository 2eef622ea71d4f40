// Runs axe in the page that holds it and tells the page around it what was found. It is loaded only when somebody asks
// (elements/page-accessibility.js), into a frame that has no origin: whatever an article holds reaches nothing from there.
import axe from "axe-core";

const LONGEST = 160;

addEventListener("load", async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"], preload: false });
  const found = violations.map(({ help, impact, nodes }) => ({
    help,
    impact,
    places: nodes.map((node) => ({ words: document.querySelector(node.target[0])?.textContent.trim().slice(0, 60) ?? "", html: node.html.slice(0, LONGEST) })),
  }));
  parent.postMessage({ accessibility: found }, "*");
});
