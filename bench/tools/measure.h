// What loads measure: time, latencies, and the CPU time of the processes that they are put on.
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

enum { SECOND = 1000000000, STEPS = 64, BUCKETS = 40 * STEPS };

static struct {
  uint64_t answered, failed, opened, resumed, bytes_in, bytes_out, nanoseconds;
  char first_failure[256];
} counts;

static uint64_t histogram[BUCKETS], slowest;
static pid_t processes[64];
static int process_count;

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * SECOND + t.tv_nsec;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

// Latencies in buckets of 1/64 of a power of two: 1.6 % exact.
static void record(uint64_t ns) {
  int shift = ns < STEPS ? 0 : 63 - __builtin_clzll(ns) - 6;
  size_t at = ns < STEPS ? ns : (size_t)(shift + 1) * STEPS + (ns >> shift) - STEPS;
  histogram[at < BUCKETS ? at : BUCKETS - 1]++;
  if (ns > slowest) slowest = ns;
}

static double percentile(double p) { // in µs
  uint64_t total = 0, seen = 0;
  for (int i = 0; i < BUCKETS; i++) total += histogram[i];
  for (int i = 0; i < BUCKETS; i++) {
    seen += histogram[i];
    if (histogram[i] && seen >= p * total) {
      uint64_t shift = i < STEPS ? 0 : i / STEPS - 1;
      uint64_t ns = i < STEPS ? (uint64_t)i : ((uint64_t)(i % STEPS + STEPS) << shift);
      return ns / 1000.0;
    }
  }
  return 0;
}

static void failed(const char *why, const char *detail) {
  if (!counts.failed++) snprintf(counts.first_failure, sizeof counts.first_failure, "%s%.100s", why, detail);
}

// Forgets what came before, but for failures.
static void begin_counting(void) {
  counts.answered = counts.opened = counts.resumed = counts.bytes_in = counts.bytes_out = slowest = 0;
  memset(histogram, 0, sizeof histogram);
}

// By their ids, with commas between them.
static void watch_processes(char *ids) {
  for (char *p = strtok(ids, ","); p && process_count < 64; p = strtok(NULL, ",")) processes[process_count++] = atoi(p);
}

struct cpu { uint64_t ns, user, system; };

// Of whole processes: all threads, those that have ended too. User and system in clock ticks, from samples of the kernel.
static struct cpu cpu(void) {
  struct cpu sum = {0};
  for (int i = 0; i < process_count; i++) {
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(processes[i], &clock) == 0 && clock_gettime(clock, &t) == 0) sum.ns += (uint64_t)t.tv_sec * SECOND + t.tv_nsec;
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", processes[i]);
    FILE *f = fopen(path, "r");
    if (!f) continue;
    unsigned long user = 0, system = 0;
    if (fgets(line, sizeof line, f)) {
      char *at = strrchr(line, ')');
      if (at) sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    }
    sum.user += user, sum.system += system;
    fclose(f);
  }
  return sum;
}

// The line of JSON.
static void report(struct cpu before, struct cpu after) {
  printf("{\"seconds\": %.4f, \"requests\": %lu, \"errors\": %lu, \"first_error\": \"%s\", \"opened\": %lu, \"resumed\": %lu, "
         "\"bytes_in\": %lu, \"bytes_out\": %lu, \"cpu_seconds\": %.6f, \"user_ticks\": %lu, \"system_ticks\": %lu, "
         "\"p50\": %.1f, \"p99\": %.1f, \"p999\": %.1f, \"max\": %.1f}\n",
         (double)counts.nanoseconds / SECOND, counts.answered, counts.failed, counts.first_failure, counts.opened, counts.resumed,
         counts.bytes_in, counts.bytes_out, (after.ns - before.ns) / 1e9, after.user - before.user, after.system - before.system,
         percentile(.5), percentile(.99), percentile(.999), slowest / 1000.0);
}

static void report_idle(void) {
  printf("{\"answered\": %lu, \"errors\": %lu, \"first_error\": \"%s\"}\n", counts.answered, counts.failed, counts.first_failure);
  fflush(stdout);
}
