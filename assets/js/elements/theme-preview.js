// <theme-preview data-least="4.5">: the sample of each scheme follows its three colours, and the contrast is said in
// words beside them (WCAG 2.2, 1.4.3). The server works out the same when the form is saved.
class ThemePreview extends HTMLElement {
  connectedCallback() {
    this.addEventListener("input", () => this.draw());
    this.draw();
  }

  draw() {
    for (const scheme of this.querySelectorAll("[data-ending]")) {
      const colour = (name) => scheme.querySelector(`[name="${name}${scheme.dataset.ending}"]`).value;
      const [accent, background, text] = ["accent", "background", "text"].map(colour);
      const inks = ["#ffffff", "#000000"].sort((a, b) => contrast(b, accent) - contrast(a, accent));
      const sample = scheme.querySelector(".look-sample");
      const tokens = { accent, background, text, ink: inks[0] };
      for (const [name, value] of Object.entries(tokens)) sample.style.setProperty(`--sample-${name}`, value);
      this.say(scheme, "text", contrast(text, background));
      this.say(scheme, "accent", contrast(accent, background));
    }
  }

  say(scheme, name, found) {
    const least = Number(this.dataset.least);
    const words = found >= least ? "can be read" : `cannot be read: it takes ${least}`;
    const place = scheme.querySelector(`[data-contrast="${name}"]`);
    const sentence = `${(Math.floor(found * 10) / 10).toFixed(1)} : 1, ${words}`;
    if (place.textContent !== sentence) place.textContent = sentence;
    place.classList.toggle("error", found < least);
  }
}

function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => linear(Number.parseInt(colour.slice(at, at + 2), 16) / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function linear(channel) {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}

customElements.define("theme-preview", ThemePreview);
