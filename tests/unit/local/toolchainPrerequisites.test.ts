import * as assert from "node:assert/strict";
import {
  checkRunningPrerequisites,
  checkToolchainPrerequisites,
  isOlder,
  type Machine,
  requiredGo,
  spaceProblems,
} from "../../../local/toolchain/prerequisites";

const required = requiredGo();

/** A machine that has everything. An output of undefined means that the command is missing. */
function machine(outputs: Record<string, string | undefined> = {}, other: Partial<Machine> = {}): Machine {
  const all: Record<string, string | undefined> = {
    "go env GOVERSION": `go${required}\n`,
    "go env GOTOOLCHAIN": "local\n",
    "go env GOMODCACHE GOCACHE": "/home/user/go/pkg/mod\n/home/user/.cache/go-build\n",
    "python3 --version": "Python 3.11.2\n",
    "python3 -m pip --version": "pip 23.0.1\n",
    "getconf GNU_LIBC_VERSION": "glibc 2.36\n",
    ...outputs,
  };
  return {
    platform: "linux",
    architecture: "x64",
    nodeVersion: "20.19.0",
    env: { LLMD_CACHE: "/home/user/tools" },
    run: (command, args) => all[[command, ...args].join(" ")],
    space: () => ({ device: 1, free: 100 * 1024 ** 3 }),
    ...other,
  };
}

describe("the prerequisites of the toolchain", () => {
  it("are met by a machine that has everything", () => assert.deepEqual(checkToolchainPrerequisites(machine()), []));

  const cases: [string, Machine, string[]][] = [
    [
      "no Go",
      machine({ "go env GOVERSION": undefined }),
      [`Go is not installed, or not on PATH: install Go ${required} or newer`],
    ],
    [
      "an old Go that may not download a newer one",
      machine({ "go env GOVERSION": "go1.24.1" }),
      [
        `go1.24.1 is too old: install Go ${required} or newer, or unset GOTOOLCHAIN (it is "local", which keeps go from downloading a newer one)`,
      ],
    ],
    [
      "a Go that is too old to download a newer one",
      machine({ "go env GOVERSION": "go1.19.8", "go env GOTOOLCHAIN": "" }),
      [`go1.19.8 is too old: install Go ${required} or newer`],
    ],
    [
      "no Python",
      machine({ "python3 --version": undefined, "python3 -m pip --version": undefined }),
      ["Python 3 is not installed, or not on PATH: install python3 and its pip (Debian: python3-pip)"],
    ],
    [
      "no pip",
      machine({ "python3 -m pip --version": undefined }),
      ["Python's pip is missing: install it (Debian: apt install python3-pip)"],
    ],
    [
      "another C library",
      machine({ "getconf GNU_LIBC_VERSION": undefined }),
      ["Envoy needs the GNU C library 2.31 or newer, and this system has another C library: use a newer system"],
    ],
    ["an old Node", machine({}, { nodeVersion: "18.20.4" }), ["Node.js 18.20.4 is too old: install 20.19.0 or newer"]],
    [
      "another system",
      machine({}, { platform: "darwin", architecture: "arm64" }),
      ["this is darwin on arm64: the embedded environment runs on Linux on x86_64 or arm64 only"],
    ],
    [
      "a cache that cannot be written",
      machine({}, { space: (folder) => (folder === "/home/user/tools" ? undefined : { device: 1, free: 1e12 }) }),
      ["/home/user/tools cannot be written: make it writable, or name another folder with LLMD_CACHE"],
    ],
  ];
  for (const [what, of, expected] of cases)
    it(`report ${what}`, () => assert.deepEqual(checkToolchainPrerequisites(of), expected));

  it("are met by an old Go that may download a newer one", () => {
    const old = machine({ "go env GOVERSION": "go1.24.1", "go env GOTOOLCHAIN": "auto" });
    assert.deepEqual(checkToolchainPrerequisites(old), []);
  });

  it("add up the space that is needed on the same disk", () => {
    const disk = { modules: 2e9, compiled: 3e9, programs: 1e9 };
    const withFree = (free: number) => spaceProblems(machine({}, { space: () => ({ device: 7, free }) }), disk);
    assert.deepEqual(withFree(5e9), [
      "6.0 GB of disk is needed for /home/user/go/pkg/mod (2.0 GB), /home/user/.cache/go-build (3.0 GB), " +
        "/home/user/tools (1.0 GB), and 5.0 GB is free: free some, or name a folder on another disk with " +
        "GOMODCACHE, GOCACHE, LLMD_CACHE",
    ]);
    assert.deepEqual(withFree(6e9), []);
    const disks = new Map<string, number>();
    const apart = machine({}, { space: (folder) => ({ device: disks.set(folder, disks.size).size, free: 3e9 }) });
    assert.deepEqual(spaceProblems(apart, disk), []);
  });

  it("name only folders that the build fills", () => {
    const full = machine({}, { space: () => ({ device: 1, free: 0 }) });
    const [message = ""] = spaceProblems(full, { modules: 0, compiled: 0, programs: 1e9 });
    assert.match(message, /^1\.0 GB of disk is needed for \/home\/user\/tools \(1\.0 GB\), .* with LLMD_CACHE$/);
  });

  it("report all problems at once", () => {
    const bare = machine({}, { run: () => undefined, nodeVersion: "18.0.0", platform: "darwin" });
    assert.equal(checkToolchainPrerequisites(bare).length, 5);
  });

  it("include Go, but neither Python nor disk space, when everything is built", () => {
    const runs = machine({ "python3 --version": undefined }, { space: () => undefined });
    assert.deepEqual(checkRunningPrerequisites(runs), []);
    assert.equal(checkRunningPrerequisites(machine({ "go env GOVERSION": undefined })).length, 1);
  });
});

describe("the order of versions", () => {
  const cases: [string, string, number][] = [
    ["go1.26.8", "1.25.11", 1],
    ["go1.9", "1.21", -1],
    ["v20.19.0", "20.19", 0],
    ["devel go1.27-3a4b5c", "1.27", 0],
    ["1.25", "1.25.1", -1],
  ];
  for (const [a, b, sign] of cases) {
    it(`compares ${a} with ${b} by their numbers`, () => {
      assert.deepEqual([isOlder(a, b), isOlder(b, a)], [sign < 0, sign > 0]);
    });
  }
});
