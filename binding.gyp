{
  "target_defaults": {
    "include_dirs": ["src"],
    "defines": ["_GNU_SOURCE"],
    # One language level whatever node's headers ask for; the large-file macros rename libc symbols that musl lacks.
    "defines!": ["_FILE_OFFSET_BITS=64", "_LARGEFILE_SOURCE"],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
    "cflags_cc": [
      "-std=c++20",
      "-fno-exceptions",
      "-fno-rtti",
      "-fvisibility=hidden",
      "-U_FORTIFY_SOURCE",
      "-fstack-protector-strong",
      "-Wall",
      "-Wextra",
      "-Werror",
      # GCC 12 sees overlapping copies inside std::string where there are none (GCC bug 105651).
      "-Wno-restrict"
    ]
  },
  "targets": [
    {
      "target_name": "memfd_secret",
      "type": "none",
      "conditions": [
        ["OS=='linux'", {
          "type": "loadable_module",
          "sources": ["<!@(node scripts/native-sources.mjs addon)"],
          "include_dirs": ["<!(node -p \"require('node-addon-api').include_dir\")"],
          "defines": [
            "NAPI_VERSION=9",
            "NODE_ADDON_API_DISABLE_DEPRECATED",
            "NAPI_DISABLE_CPP_EXCEPTIONS",
            # Instantiate std::string here: libstdc++ is not linked.
            "_GLIBCXX_EXTERN_TEMPLATE=0"
          ],
          "cflags_cc": ["-fno-threadsafe-statics", "-fno-use-cxa-atexit", "-ffunction-sections", "-fdata-sections"],
          # No DT_NEEDED at all: the same file loads in glibc and in musl runtimes, which bring the libc symbols.
          # nodelete: memory of ours may still be in use by in-flight I/O after the last environment ended.
          "ldflags": [
            "-nodefaultlibs",
            "-nostartfiles",
            "-Wl,-z,relro,-z,now,-z,nodelete,-z,noexecstack,--gc-sections",
            "-Wl,--version-script=<(module_root_dir)/src/exports.map"
          ],
          "conditions": [
            # The outlined atomics live in libgcc, which is not linked.
            ["target_arch=='arm64'", { "cflags_cc": ["-mno-outline-atomics"] }]
          ]
        }]
      ]
    },
    {
      # Loaded by LD_PRELOAD into any program: the flags of the addon, and neither Node-API nor a C++ runtime.
      "target_name": "memfd_secret_preload",
      "type": "none",
      "conditions": [
        ["OS=='linux'", {
          "type": "loadable_module",
          # node-gyp gives modules the suffix ".node", in conditions of this kind, and node-gyp-build loads any such file.
          "target_conditions": [["_type=='loadable_module'", { "product_prefix": "", "product_extension": "so" }]],
          "sources": ["<!@(node scripts/native-sources.mjs preload)"],
          "cflags_cc": ["-fno-threadsafe-statics", "-fno-use-cxa-atexit", "-ffunction-sections", "-fdata-sections"],
          "ldflags": [
            "-nodefaultlibs",
            "-nostartfiles",
            "-Wl,-z,relro,-z,now,-z,nodelete,-z,noexecstack,--gc-sections",
            "-Wl,--version-script=<(module_root_dir)/src/preload/exports.map"
          ],
          "conditions": [
            ["target_arch=='arm64'", { "cflags_cc": ["-mno-outline-atomics"] }]
          ]
        }]
      ]
    },
    {
      "target_name": "core",
      "type": "none",
      "conditions": [
        ["OS=='linux' and <!(node scripts/native-sources.mjs --count native_test)>0", {
          "type": "static_library",
          "sources": ["<!@(node scripts/native-sources.mjs core)"]
        }]
      ]
    },
    {
      "target_name": "native_test",
      "type": "none",
      "conditions": [
        ["OS=='linux' and <!(node scripts/native-sources.mjs --count native_test)>0", {
          "type": "executable",
          "dependencies": ["core"],
          "sources": ["<!@(node scripts/native-sources.mjs --beside-core native_test)"],
          "include_dirs": ["test/native"],
          "cflags_cc": ["-pthread"],
          "ldflags": ["-pthread"]
        }]
      ]
    },
    {
      # Makes each system call fail: in a program of its own, and preloaded into node.
      "target_name": "fault_test",
      "type": "none",
      "conditions": [
        ["OS=='linux' and <!(node scripts/native-sources.mjs --count fault_test)>0", {
          "type": "executable",
          "dependencies": ["core"],
          "sources": ["<!@(node scripts/native-sources.mjs --beside-core fault_test)"],
          "include_dirs": ["test/native", "test/faults"],
          "cflags_cc": ["-pthread"],
          "ldflags": ["-pthread"]
        }]
      ]
    },
    {
      "target_name": "fault_injector",
      "type": "none",
      "conditions": [
        ["OS=='linux' and <!(node scripts/native-sources.mjs --count fault_injector)>0", {
          "type": "loadable_module",
          "target_conditions": [["_type=='loadable_module'", { "product_prefix": "", "product_extension": "so" }]],
          "sources": ["<!@(node scripts/native-sources.mjs fault_injector)"],
          "include_dirs": ["test/faults"],
          # What stands in front of the C library's functions must be seen.
          "cflags_cc!": ["-fvisibility=hidden"]
        }]
      ]
    },
    {
      "target_name": "attacker",
      "type": "none",
      "conditions": [
        ["OS=='linux' and <!(node scripts/native-sources.mjs --count attacker)>0", {
          "type": "executable",
          "sources": ["<!@(node scripts/native-sources.mjs attacker)"]
        }]
      ]
    },
    {
      # What JavaScript cannot do, for attacks from inside of the victim.
      "target_name": "attack_inside",
      "type": "none",
      "conditions": [
        ["OS=='linux' and <!(node scripts/native-sources.mjs --count attack_inside)>0", {
          "type": "loadable_module",
          "target_conditions": [["_type=='loadable_module'", { "product_prefix": "", "product_extension": "so" }]],
          "sources": ["<!@(node scripts/native-sources.mjs attack_inside)"]
        }]
      ]
    },
    {
      "target_name": "native_access",
      "type": "none",
      "conditions": [
        ["OS=='linux' and <!(node scripts/native-sources.mjs --count native_access)>0", {
          "type": "loadable_module",
          "target_conditions": [["_type=='loadable_module'", { "product_prefix": "", "product_extension": "so" }]],
          "sources": ["<!@(node scripts/native-sources.mjs native_access)"]
        }]
      ]
    },
    {
      "target_name": "seccomp_launcher",
      "type": "none",
      "conditions": [
        ["OS=='linux' and <!(node scripts/native-sources.mjs --count seccomp_launcher)>0", {
          "type": "executable",
          "sources": ["<!@(node scripts/native-sources.mjs seccomp_launcher)"]
        }]
      ]
    },
    {
      # Feeds the fuzz targets with their corpus, where there is no libFuzzer.
      "target_name": "fuzz_replay",
      "type": "none",
      "conditions": [
        ["OS=='linux' and <!(node scripts/native-sources.mjs --count fuzz_replay)>0", {
          "type": "executable",
          "dependencies": ["core"],
          "sources": ["<!@(node scripts/native-sources.mjs --beside-core fuzz_replay)"],
          "include_dirs": ["fuzz"],
          "cflags_cc": ["-pthread"],
          "ldflags": ["-pthread"]
        }]
      ]
    },
    {
      # What the steps of a secret's life cost without this package (npm run bench).
      "target_name": "physical_costs",
      "type": "none",
      "conditions": [
        ["OS=='linux' and <!(node scripts/native-sources.mjs --count physical_costs)>0", {
          "type": "loadable_module",
          "target_conditions": [["_type=='loadable_module'", { "product_prefix": "", "product_extension": "so" }]],
          "sources": ["<!@(node scripts/native-sources.mjs physical_costs)"]
        }]
      ]
    },
    {
      # A program for test/preload that looks like one with OpenSSL in it.
      "target_name": "fake_openssl",
      "type": "none",
      "conditions": [
        ["OS=='linux' and <!(node scripts/native-sources.mjs --count fake_openssl)>0", {
          "type": "executable",
          "sources": ["<!@(node scripts/native-sources.mjs fake_openssl)"],
          "cflags_cc": ["-pthread"],
          "ldflags": ["-pthread", "-rdynamic"]
        }]
      ]
    }
  ]
}
