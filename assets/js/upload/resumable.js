// A resumable upload (tus protocol) of one file, in pieces, that goes on after a lost connection or a reload.
import { Upload } from "tus-js-client";

const PIECE_BYTES = 5 * 1024 * 1024;

// `endpoint`: address that creates uploads; `csrf`: the page's token; the hooks are called with plain values.
export function resumable(file, { endpoint, csrf, metadata, progressed, finished, failed }) {
  const upload = new Upload(file, {
    endpoint,
    chunkSize: PIECE_BYTES,
    headers: { "X-CSRFToken": csrf },
    metadata: { filename: file.name, ...metadata },
    removeFingerprintOnSuccess: true,
    onProgress: (sent, total) => progressed(sent, total),
    onSuccess: () => finished(upload.url),
    onError: (error) => failed(error.message),
  });
  goOn(upload);
  return upload;
}

// The browser remembers unfinished uploads of the same file; the server says how far each has come.
async function goOn(upload) {
  const [earlier] = await upload.findPreviousUploads();
  if (earlier) upload.resumeFromPreviousUpload(earlier);
  upload.start();
}
