// A resumable upload (tus protocol) of one file, in pieces, that goes on after a lost connection.
import { Upload } from "tus-js-client";

const PIECE_BYTES = 5 * 1024 * 1024;

// `endpoint`: address that creates uploads; `csrf`: the page's token; the hooks are called with plain values.
export function resumable(file, { endpoint, csrf, metadata, progressed, finished, failed }) {
  const upload = new Upload(file, {
    endpoint,
    chunkSize: PIECE_BYTES,
    headers: { "X-CSRFToken": csrf },
    metadata: { filename: file.name, ...metadata },
    onProgress: (sent, total) => progressed(sent, total),
    onSuccess: () => finished(upload.url),
    onError: (error) => failed(error.message),
  });
  upload.start();
  return upload;
}
