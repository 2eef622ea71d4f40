// morph(old, new): makes a part of a page like another one by changing only what differs, so that photos are not loaded
// again, nothing flickers and the scroll stays where it is. Returns nothing; `old` stays in the page.
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

// What is equal at the beginning and at the end stays; what lies between is matched in order.
function children(old, fresh) {
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  while (before.length && after.length && before[0].isEqualNode(after[0])) { before.shift(); after.shift(); }
  while (before.length && after.length && before.at(-1).isEqualNode(after.at(-1))) { before.pop(); after.pop(); }
  const end = before.length ? before.at(-1).nextSibling : sameEnd(old, after, fresh);
  const alike = Math.min(before.length, after.length);
  for (let index = 0; index < alike; index += 1) morph(before[index], after[index]);
  for (const node of before.slice(alike)) node.remove();
  for (const node of after.slice(alike)) old.insertBefore(old.ownerDocument.importNode(node, true), end);
}

// Where nodes are only added: the old node that follows them.
function sameEnd(old, after, fresh) {
  if (!after.length) return null;
  const following = fresh.childNodes.length - 1 - [...fresh.childNodes].indexOf(after.at(-1));
  return old.childNodes[old.childNodes.length - following] ?? null;
}
