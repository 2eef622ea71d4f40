// <theme-choice>: a form of buttons named "theme" (light, dark, system). The choice is kept in a cookie, so that the
// server draws the next page in the right colours at once; here the page on the screen follows without a reload.
class ThemeChoice extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const button = event.target.closest('button[name="theme"]');
      if (!button) return;
      event.preventDefault();
      choose(button.value);
    });
  }
}

function choose(theme) {
  const root = document.documentElement;
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}

customElements.define("theme-choice", ThemeChoice);
