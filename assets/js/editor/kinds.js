// The data blocks as marketers know them: name, sign, and the fields of their form (scheduler/content/blocks.py says what
// each means and checks it).

export const KINDS = {
  video: {
    name: "Video", icon: "film",
    fields: [
      { key: "asset", label: "Video", type: "asset", kind: "video", needed: true },
      { key: "title", label: "Title", hint: "Read below the video, and by search engines." },
      { key: "caption", label: "Caption" },
      { key: "description", label: "What the video shows", type: "long" },
      { key: "transcript", label: "Transcript", type: "long", hint: "What is said, for people who read instead of listen." },
    ],
  },
  embed: {
    name: "YouTube or Vimeo", icon: "circle-play",
    fields: [
      { key: "url", label: "Address of the video", type: "url", needed: true, hint: "Copy it from the address bar, such as https://www.youtube.com/watch?v=…" },
      { key: "title", label: "Title", hint: "Shown before visitors press play." },
    ],
  },
  gallery: {
    name: "Gallery", icon: "images",
    fields: [{ key: "title", label: "Title" }],
  },
  faq: {
    name: "Questions and answers", icon: "circle-help",
    fields: [{ key: "title", label: "Title" }, { key: "questions", label: "Questions", type: "questions", needed: true }],
  },
  button: {
    name: "Button", icon: "mouse-pointer-click",
    fields: [
      { key: "label", label: "Words on the button", needed: true },
      { key: "href", label: "Leads to", type: "address", needed: true },
    ],
  },
  cta: {
    name: "Call to action", icon: "calendar-check",
    fields: [
      { key: "title", label: "Title", hint: "Such as: Does your knee hurt when you run?" },
      { key: "text", label: "Text", type: "long" },
      { key: "label", label: "Words on the button", needed: true, hint: "Such as: Book a visit" },
      { key: "href", label: "Leads to", type: "address", hint: "Leave it empty for the booking page of your site." },
    ],
  },
  map: {
    name: "Map link", icon: "map-pin",
    fields: [
      { key: "label", label: "Words of the link", hint: "Such as: How to find us" },
      { key: "address", label: "Postal address", hint: "Leave it empty for the address of your business." },
    ],
  },
};

export const CALLOUTS = {
  info: { name: "Information", icon: "info" },
  tip: { name: "Tip", icon: "lightbulb" },
  warning: { name: "Warning", icon: "triangle-alert" },
};
