// The probes are built with the libc of the node, and also run with that of an image, which may be
// older. What a newer libc's headers, or a static libstdc++ that was built with them, ask for is
// here, so that 2.35 is enough wherever a probe is built.
#include <sys/random.h>

extern "C" {

/// Since 2.36, for libstdc++'s std::random_device, which nobody uses here.
unsigned arc4random() {
  unsigned number = 0;
  [[maybe_unused]] const auto got = ::getrandom(&number, sizeof number, 0);
  return number;
}

// Since 2.38 the headers give strtol and its like other names, by which they also read 0b11.
long old_strtol(const char* text, char** end, int base) asm("strtol");
long long old_strtoll(const char* text, char** end, int base) asm("strtoll");
unsigned long old_strtoul(const char* text, char** end, int base) asm("strtoul");
unsigned long long old_strtoull(const char* text, char** end, int base) asm("strtoull");

long new_strtol(const char* text, char** end, int base) asm("__isoc23_strtol");
long long new_strtoll(const char* text, char** end, int base) asm("__isoc23_strtoll");
unsigned long new_strtoul(const char* text, char** end, int base) asm("__isoc23_strtoul");
unsigned long long new_strtoull(const char* text, char** end, int base) asm("__isoc23_strtoull");

long new_strtol(const char* text, char** end, int base) { return old_strtol(text, end, base); }
long long new_strtoll(const char* text, char** end, int base) {
  return old_strtoll(text, end, base);
}
unsigned long new_strtoul(const char* text, char** end, int base) {
  return old_strtoul(text, end, base);
}
unsigned long long new_strtoull(const char* text, char** end, int base) {
  return old_strtoull(text, end, base);
}

}  // extern "C"
