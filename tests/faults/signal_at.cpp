// Preloaded into ranks (LD_PRELOAD): the rank of FULLBASE_TEST_SIGNAL_RANK sends itself the signal of this number in
// FULLBASE_TEST_SIGNAL at the moment that FULLBASE_TEST_SIGNAL_AT names: "start", before it comes together with others; "leave",
// before it takes leave of them; "left", when it has; "exit", when main has returned; "probe", in the process that looks at files
// for it, which is not meant by the others.
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace {

bool is(const char* name, const char* value) {
  const char* const set = std::getenv(name);
  return set != nullptr && value != nullptr && std::strcmp(set, value) == 0;
}

void signal_at(const char* moment) {
  if (is("FULLBASE_TEST_SIGNAL_AT", moment) && is("FULLBASE_TEST_SIGNAL_RANK", std::getenv("OMPI_COMM_WORLD_RANK")))
    std::raise(std::atoi(std::getenv("FULLBASE_TEST_SIGNAL")));
}

bool is_probe = false;

// The C library gives constructors what it gives main.
[[gnu::constructor]] void before_main(int count, char** words) {
  is_probe = count > 1 && std::strcmp(words[1], "probe-file") == 0;
  if (is_probe) signal_at("probe");
}

[[gnu::destructor]] void when_main_has_returned() {
  if (!is_probe) signal_at("exit");
}

}  // namespace

extern "C" {
int PMPI_Init_thread(int*, char***, int, int*);
int PMPI_Finalize();

int MPI_Init_thread(int* count, char*** words, int required, int* provided) {
  signal_at("start");
  return PMPI_Init_thread(count, words, required, provided);
}

int MPI_Finalize() {
  signal_at("leave");
  const int result = PMPI_Finalize();
  signal_at("left");
  return result;
}
}
