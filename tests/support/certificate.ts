import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** A self-signed certificate and its key. PEM. */
export interface TestCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Creates a self-signed certificate for one or more host names, with openssl. */
export function selfSigned(...hostnames: readonly string[]): TestCertificate {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), "llmd-cert-"));
  try {
    const [key, crt] = [path.join(dir, "key"), path.join(dir, "crt")];
    const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"];
    const names = hostnames.map((hostname) => `DNS:${hostname}`).join();
    const subject = ["-subj", `/CN=${hostnames[0]}`, "-addext", `subjectAltName=${names}`];
    execFileSync("openssl", [...request, ...subject, "-keyout", key, "-out", crt], { stdio: "pipe" });
    return { certificate: fs.readFileSync(crt, "utf8"), privateKey: fs.readFileSync(key, "utf8") };
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
}
