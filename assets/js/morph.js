// morph(old, new): makes a part of a page like another one by changing only what differs, so that photos are not loaded
// again, nothing flickers and the scroll stays where it is. Returns nothing; `old` stays in the page.
const FAR = 40; // how many nodes ahead an equal one is looked for

export function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(old.ownerDocument.importNode(fresh, true));
  } else if (old.nodeType === Node.ELEMENT_NODE) {
    attributes(old, fresh);
    children(old, fresh);
  } else {
    old.nodeValue = fresh.nodeValue;
  }
}

function attributes(old, fresh) {
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}

// What is equal stays where it is; what lies between two equal nodes is matched in order.
function children(old, fresh) {
  const before = [...old.childNodes];
  let from = 0;
  let waiting = [];
  for (const node of fresh.childNodes) {
    // A blank between two elements is like every other: only the very next one can be the same.
    const far = node.nodeType === Node.TEXT_NODE && !node.nodeValue.trim() ? (waiting.length ? 0 : 1) : FAR;
    const same = before.slice(from, from + far).findIndex((candidate) => candidate.isEqualNode(node));
    if (same < 0) { waiting.push(node); continue; }
    between(old, before.slice(from, from + same), waiting, before[from + same]);
    from += same + 1;
    waiting = [];
  }
  between(old, before.slice(from), waiting, null);
}

function between(old, gone, come, end) {
  const alike = Math.min(gone.length, come.length);
  for (let index = 0; index < alike; index += 1) morph(gone[index], come[index]);
  for (const node of gone.slice(alike)) node.remove();
  for (const node of come.slice(alike)) old.insertBefore(old.ownerDocument.importNode(node, true), end);
}
