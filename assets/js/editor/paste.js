// What is pasted, without the junk of where it comes from.
export function cleanPasted(html) {
  return html;
}
