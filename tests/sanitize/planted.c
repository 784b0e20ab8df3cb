// Makes one fault on purpose, named by its argument: in this program, or in the library planted.rs.
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint8_t planted_use_after_free(size_t index);
void planted_leak(size_t size);
uint64_t planted_race(uint64_t times);

static volatile unsigned count;

static void *add(void *unused) {
  for (int i = 0; i < 100000; i++)
    count++;
  return unused;
}

static void race(void) {
  pthread_t other;
  if (pthread_create(&other, NULL, add, NULL) == 0) {
    add(NULL);
    pthread_join(other, NULL);
  }
}

// Not inlined, so that no register keeps a pointer to what is lost.
static __attribute__((noinline)) void leak(size_t size) {
  volatile char *lost = malloc(size);
  if (lost)
    lost[0] = 1;
}

static int overrun(size_t at) {
  char *text = calloc(8, 1);
  int found = text ? ((volatile char *)text)[7 + at] : 0;
  free(text);
  return found;
}

static int overflow(int number) { return number + INT_MAX; }

int main(int argc, char **argv) {
  const char *fault = argc == 2 ? argv[1] : "none";
  if (strcmp(fault, "rust-use-after-free") == 0)
    printf("%d\n", planted_use_after_free((size_t)argc));
  else if (strcmp(fault, "rust-leak") == 0)
    planted_leak(1234);
  else if (strcmp(fault, "rust-race") == 0)
    printf("%llu\n", (unsigned long long)planted_race(100000));
  else if (strcmp(fault, "c-leak") == 0)
    leak(1234);
  else if (strcmp(fault, "c-race") == 0)
    race();
  else if (strcmp(fault, "c-overrun") == 0)
    printf("%d\n", overrun((size_t)argc - 1));
  else if (strcmp(fault, "c-overflow") == 0)
    printf("%d\n", overflow(argc));
  else if (strcmp(fault, "none") != 0)
    return 2;
  puts("planted: 1 passed, 0 failed");
  return 0;
}
