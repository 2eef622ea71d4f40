// <play-film data-player="https://..." data-title="..."><a href="...">Play</a></play-film>: a film of another site that
// is loaded by a click and not before. A click with a key held opens the link as it always does.
class PlayFilm extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      if (!event.target.closest("a") || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.play();
    });
  }

  play() {
    const frame = document.createElement("iframe");
    frame.src = this.dataset.player;
    frame.title = this.dataset.title;
    frame.allow = "autoplay; fullscreen; picture-in-picture";
    frame.allowFullscreen = true;
    frame.referrerPolicy = "strict-origin-when-cross-origin";
    frame.className = "block-embed__frame";
    this.replaceChildren(frame);
    frame.focus();
  }
}

customElements.define("play-film", PlayFilm);
