// <slot-grid> around the field of the posting times (a <textarea> with one "Tue 09:00" a line): shows a column for each
// weekday where times are added and removed. The textarea stays the truth: it is hidden, kept in step, and sent.
// Without JavaScript it is simply there. <button data-as-text> brings it back.
const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const SLOT = /^([A-Za-z]{3})[a-z]* +(\d{1,2}):(\d{2})$/;

class SlotGrid extends HTMLElement {
  connectedCallback() {
    this.text = this.querySelector("textarea");
    if (!this.text || this.grid) return;
    this.grid = document.createElement("div");
    this.grid.className = "slot-grid";
    this.text.before(this.grid);
    this.toggle = button("link", "Edit as text", () => this.showAsText(!this.asText));
    this.toggle.className = "text-button";
    this.grid.after(this.toggle);
    this.addEventListener("click", (event) => this.onClick(event));
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target.type !== "time") return;
      event.preventDefault();
      this.add(event.target);
    });
    this.showAsText(this.read().bad.length > 0);
  }

  // What the textarea says: the times of each day in order, and the lines that are no slots.
  read() {
    const days = DAYS.map(() => new Set());
    const bad = [];
    for (const part of this.text.value.split(/[\n,;]+/).map((piece) => piece.trim()).filter(Boolean)) {
      const match = part.match(SLOT);
      const day = match ? DAYS.findIndex((name) => name.toLowerCase() === match[1].toLowerCase()) : -1;
      if (day < 0 || Number(match[2]) > 23 || Number(match[3]) > 59) bad.push(part);
      else days[day].add(`${match[2].padStart(2, "0")}:${match[3]}`);
    }
    return { days: days.map((times) => [...times].sort()), bad };
  }

  write(days) {
    this.text.value = days.flatMap((times, day) => [...times].sort().map((time) => `${DAYS[day]} ${time}`)).join("\n");
    this.text.dispatchEvent(new Event("input", { bubbles: true }));
    this.draw();
  }

  showAsText(asText) {
    this.asText = asText;
    this.text.hidden = !asText;
    this.grid.hidden = asText;
    this.toggle.textContent = asText ? "Edit as a week" : "Edit as text";
    if (!asText) this.draw();
  }

  draw() {
    const { days } = this.read();
    this.grid.replaceChildren(...days.map((times, day) => this.column(times, day)));
  }

  column(times, day) {
    const column = document.createElement("div");
    column.className = "slot-day";
    column.setAttribute("role", "group");
    column.setAttribute("aria-label", NAMES[day]);
    const title = document.createElement("p");
    title.className = "slot-name";
    title.textContent = DAYS[day];
    const chips = times.map((time) => {
      const chip = button("remove", `${time} ×`, null);
      chip.className = "slot-chip tabular";
      chip.dataset.day = day;
      chip.dataset.time = time;
      chip.setAttribute("aria-label", `Remove ${NAMES[day]} ${time}`);
      return chip;
    });
    const time = document.createElement("input");
    time.type = "time";
    time.className = "control";
    time.dataset.day = day;
    time.setAttribute("aria-label", `New time on ${NAMES[day]}`);
    const add = button("add", "Add", null);
    add.className = "button button-small";
    add.setAttribute("aria-label", `Add a time on ${NAMES[day]}`);
    column.append(title, ...chips, time, add);
    return column;
  }

  onClick(event) {
    const chosen = event.target.closest("button");
    if (chosen?.dataset.slot === "remove") {
      const { days } = this.read();
      days[chosen.dataset.day] = days[chosen.dataset.day].filter((time) => time !== chosen.dataset.time);
      this.write(days);
      this.grid.children[chosen.dataset.day].querySelector("input").focus();
    }
    if (chosen?.dataset.slot === "add") this.add(chosen.parentElement.querySelector("input"));
  }

  add(input) {
    if (!input.value) return input.focus();
    const { days } = this.read();
    days[input.dataset.day] = [...new Set([...days[input.dataset.day], input.value.slice(0, 5)])];
    this.write(days);
    this.grid.children[input.dataset.day].querySelector("input").focus();
  }
}

function button(role, label, act) {
  const made = document.createElement("button");
  made.type = "button";
  made.dataset.slot = role;
  made.textContent = label;
  if (act) made.addEventListener("click", act);
  return made;
}

customElements.define("slot-grid", SlotGrid);
