// <zone-note data-zone="America/New_York">: says so when this computer's clock is in another zone.
class ZoneNote extends HTMLElement {
  connectedCallback() {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!here || here === this.dataset.zone) return;
    const time = (zone) => new Intl.DateTimeFormat("en", { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format();
    if (time(here) === time(this.dataset.zone)) return;
    this.textContent = `It is ${time(this.dataset.zone)} there now; your computer is in ${here}.`;
  }
}

customElements.define("zone-note", ZoneNote);
