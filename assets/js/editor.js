// The editor of articles: a bundle of its own, loaded only where articles are written.
import "./editor/rich-text.js";
