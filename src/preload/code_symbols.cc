#include "preload/code_symbols.h"

#include <elf.h>
#include <link.h>

#include <cstring>

namespace memfd_secret::preload {
namespace {

using Symbol = ElfW(Sym);

struct Search {
  std::uintptr_t address = 0;
  LoadedObject found;
};

int Look(dl_phdr_info* object, std::size_t /*size*/, void* data) {
  auto* search = static_cast<Search*>(data);
  LoadedObject found;
  found.base = object->dlpi_addr;
  bool holds = false;
  for (std::size_t i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& header = object->dlpi_phdr[i];
    const std::uintptr_t start = object->dlpi_addr + header.p_vaddr;
    if (header.p_type == PT_DYNAMIC) {
      found.dynamic = reinterpret_cast<const void*>(start);
    } else if (header.p_type == PT_LOAD) {
      const CodeRange mapping{start, start + header.p_memsz};
      holds = holds || mapping.Contains(search->address);
      found.extent.Widen(mapping);
      if ((header.p_flags & PF_X) != 0) {
        found.code.Widen(mapping);
      }
    }
  }
  if (holds) {
    search->found = found;
  }
  return holds ? 1 : 0;
}

}  // namespace

bool FindObject(const void* address, LoadedObject* out) noexcept {
  Search search;
  search.address = reinterpret_cast<std::uintptr_t>(address);
  if (dl_iterate_phdr(Look, &search) == 0) {
    return false;
  }
  *out = search.found;
  return true;
}

bool BeginsWith(const char* text, const char* beginning) noexcept {
  return std::strncmp(text, beginning, std::strlen(beginning)) == 0;
}

bool IsNamed(const char* name, const char* wanted) noexcept {
  return wanted[std::strlen(wanted) - 1] == '_' ? BeginsWith(name, wanted)
                                                : std::strcmp(name, wanted) == 0;
}

bool CodeSymbols::Find(const LoadedObject& object) noexcept {
  if (object.dynamic == nullptr) {
    return false;
  }
  base_ = object.base;
  // glibc has added the base to these already, musl has not.
  const auto at = [this](const ElfW(Dyn) & entry) {
    return reinterpret_cast<const void*>(entry.d_un.d_ptr < base_ ? base_ + entry.d_un.d_ptr
                                                                  : entry.d_un.d_ptr);
  };
  std::size_t soname = 0;
  for (const ElfW(Dyn)* entry = static_cast<const ElfW(Dyn)*>(object.dynamic);
       entry->d_tag != DT_NULL; ++entry) {
    if (entry->d_tag == DT_SYMTAB) {
      symbols_ = at(*entry);
    } else if (entry->d_tag == DT_STRTAB) {
      names_ = static_cast<const char*>(at(*entry));
    } else if (entry->d_tag == DT_GNU_HASH) {
      gnu_hash_ = static_cast<const std::uint32_t*>(at(*entry));
    } else if (entry->d_tag == DT_SONAME) {
      soname = entry->d_un.d_val;
    }
  }
  if (names_ != nullptr && soname != 0) {
    soname_ = names_ + soname;
  }
  return symbols_ != nullptr && names_ != nullptr && gnu_hash_ != nullptr;
}

// Nothing in the file says how many there are: the last is the end of the last bucket's chain.
std::size_t CodeSymbols::Count() const noexcept {
  const std::uint32_t buckets = gnu_hash_[0];
  const std::uint32_t first = gnu_hash_[1];
  const std::uint32_t bloom_words = gnu_hash_[2];
  const std::uint32_t* bucket = gnu_hash_ + 4 + bloom_words * (sizeof(ElfW(Addr)) / 4);
  const std::uint32_t* chain = bucket + buckets;
  std::uint32_t last = 0;
  for (std::uint32_t i = 0; i < buckets; ++i) {
    last = bucket[i] > last ? bucket[i] : last;
  }
  if (last < first) {
    return first;
  }
  while ((chain[last - first] & 1) == 0) {
    ++last;
  }
  return std::size_t{last} + 1;
}

bool CodeSymbols::Needs(const char* name) const noexcept {
  const std::size_t count = Count();
  for (std::size_t index = 0; index < count; ++index) {
    const Symbol& symbol = static_cast<const Symbol*>(symbols_)[index];
    if (symbol.st_shndx == SHN_UNDEF && std::strcmp(names_ + symbol.st_name, name) == 0) {
      return true;
    }
  }
  return false;
}

const char* CodeSymbols::FunctionAt(std::size_t index, CodeRange* code) const noexcept {
  const Symbol& symbol = static_cast<const Symbol*>(symbols_)[index];
  // The same for both sizes of ELF.
  if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || symbol.st_shndx == SHN_UNDEF) {
    return nullptr;
  }
  code->begin = base_ + symbol.st_value;
  code->end = code->begin + symbol.st_size;
  return names_ + symbol.st_name;
}

}  // namespace memfd_secret::preload
