"""Codes of capsules, signatures and archives (QLF5xxx)."""

from shared.model.codes.entry import CodeEntry

_FETCH = "Fetch the file again from whoever built it; do not use this copy."
_REBUILD = "Fetch the capsule and all its bundles again, from the same run; do not mix the files of two runs."

CODES: tuple[CodeEntry, ...] = (
    CodeEntry("QLF5001", "The file is not a capsule: it does not begin with the capsule's gzip header", _FETCH, 422),
    CodeEntry("QLF5002", "There are bytes after the end of the archive", _FETCH, 422),
    CodeEntry("QLF5003", "The archive is damaged", _FETCH, 422),
    CodeEntry(
        "QLF5004", "The archive is larger than a capsule may be", "Check where the file comes from: it may be a decompression bomb.", 413
    ),
    CodeEntry(
        "QLF5005",
        "A path in the archive is not safe",
        "Paths are relative, NFC, within 512 bytes, with `/` between parts and without `..`, `\\`, `:` or control characters.",
        422,
    ),
    CodeEntry(
        "QLF5006",
        "The archive holds something that is not a regular file",
        "Capsules hold regular files only: no links, devices or folders.",
        422,
    ),
    CodeEntry(
        "QLF5007",
        "Two paths in the archive collide",
        "No two paths may be equal, or differ only in letter case, or be a file and a folder at once.",
        422,
    ),
    CodeEntry("QLF5008", "The archive is not in canonical form", _FETCH, 422),
    CodeEntry("QLF5010", "The manifest is missing or cannot be read", _FETCH, 422),
    CodeEntry(
        "QLF5011",
        "The manifest has a version that this program does not know",
        "Verify the capsule with the release of the factory that built it, or a newer one.",
        422,
    ),
    CodeEntry("QLF5012", "The files are not the ones that the manifest lists", _FETCH, 422),
    CodeEntry("QLF5013", "A required gate did not pass", "Read the gate's findings, change the brief or the app, and build again.", 422),
    CodeEntry("QLF5020", "The signer is not known", "Name the signer's public key with --key, once you know whose it is.", 422),
    CodeEntry("QLF5021", "A bundle is not in the form that this program writes", _REBUILD, 422),
    CodeEntry("QLF5022", "A signature does not verify", _REBUILD, 422),
    CodeEntry(
        "QLF5023",
        "A bundle is missing",
        "Keep the capsule and its `*.sigstore.json` files together, under the names they were written with.",
        422,
    ),
    CodeEntry("QLF5024", "An attestation speaks of another capsule", _REBUILD, 422),
    CodeEntry("QLF5025", "An attestation contradicts the manifest", _REBUILD, 422),
    CodeEntry("QLF5026", "There is a bundle that the manifest does not call for", "Verify the capsule with its own bundles only.", 422),
    CodeEntry(
        "QLF5030",
        "The key cannot be used",
        "Use an unencrypted PEM key: PKCS#8 to sign, `BEGIN PUBLIC KEY` to verify; ECDSA P-256, Ed25519, or RSA from 2048 bits.",
        400,
    ),
    CodeEntry(
        "QLF5031",
        "The signing key can be read by others",
        "Make it yours alone (`chmod 600`), or replace it if somebody else may have read it.",
        503,
    ),
    CodeEntry("QLF5032", "The folder of the keys cannot be used", "Check that the folder exists, is yours and can be written.", 503),
    CodeEntry(
        "QLF5033",
        "There is no key to sign with",
        "In Azure an instance's own key would be lost with it: put one into the Key Vault, as docs/azure/deploy.md says.",
        503,
    ),
    CodeEntry("QLF5040", "The target folder is not empty", "Name a folder that does not exist yet, or an empty one.", 409),
    CodeEntry(
        "QLF5041", "The files could not be written", "Check the free space and the rights of the target folder, then try again.", 500, True
    ),
    CodeEntry("QLF5042", "The archive holds nothing under that path", "List the archive, or extract all of it.", 404),
    CodeEntry(
        "QLF5050",
        "What should be packaged cannot be packaged",
        "Report it with the run's id: the stage before handed over something malformed.",
        500,
    ),
    CodeEntry("QLF5051", "The app's lock file cannot be read", "Every line of the lock names one package with `==` and its hashes.", 500),
)
