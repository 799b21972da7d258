#include <omp.h>

#include "base/contract.hpp"
#include "parallel/backend.hpp"

namespace fullbase::parallel {

void run_on_threads(int threads, const std::function<void(int thread)>& body) {
  int granted = 0;
#pragma omp parallel num_threads(threads)
  {
#pragma omp master
    granted = omp_get_num_threads();
    body(omp_get_thread_num());
  }
  FULLBASE_EXPECTS(0 < granted && granted <= threads, "OpenMP grants at most the threads that were asked for");
}

}  // namespace fullbase::parallel
