// What tus-js-client reports ends in "response text: ..."; the server's own sentence is in there.
export function reasonOf(report) {
  const own = /response text: (.+?), request id/s.exec(report)?.[1];
  return own && own !== "n/a" && !own.startsWith("<") ? own : "The connection broke off. What has arrived is kept: try again to go on.";
}
