import { stringify } from "yaml";

/**
 * The API server's configuration that encrypts Secrets before etcd writes them: the Hugging Face token is then nowhere on
 * the disk in plain text, as on EKS with a KMS key.
 *
 * @param key 32 random bytes, base64
 */
export function encryptionConfiguration(key: string): string {
  return stringify({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [{ resources: ["secrets"], providers: [{ secretbox: { keys: [{ name: "local", secret: key }] } }] }],
  });
}
