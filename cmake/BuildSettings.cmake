# Compiler settings that every target shares. Results may not depend on them: no fast-math, no contraction by the compiler.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

option(FULLBASE_BUILD_TESTS "Build the tests" ON)
option(FULLBASE_BUILD_BENCHMARKS "Build the micro benchmarks" OFF)
set(FULLBASE_SANITIZE "" CACHE STRING "Sanitizers, as given to -fsanitize=")
set(FULLBASE_PARALLEL_BACKEND "openmp" CACHE STRING "Threads of one rank: openmp, or threads (for ThreadSanitizer)")
set_property(CACHE FULLBASE_PARALLEL_BACKEND PROPERTY STRINGS openmp threads)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

add_library(fullbase_settings INTERFACE)
target_include_directories(fullbase_settings INTERFACE "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}")
target_compile_options(fullbase_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual -Wcast-align
  -Wformat=2 -Werror -ffp-contract=off -fno-fast-math)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 sees overlapping copies in "literal" + std::string at -O3 where there are none (GCC bug 105651).
  target_compile_options(fullbase_settings INTERFACE -Wno-restrict)
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(fullbase_settings INTERFACE -march=x86-64-v2 -mtune=generic)
endif()
if(FULLBASE_SANITIZE)
  target_compile_options(fullbase_settings INTERFACE -fsanitize=${FULLBASE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(fullbase_settings INTERFACE -fsanitize=${FULLBASE_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # What sanitizers put into the code keeps GCC from seeing that an optional was asked before it is read; its manual warns of it.
    target_compile_options(fullbase_settings INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()

# Third-party headers are system headers: their warnings are not ours.
add_library(fullbase_sleef INTERFACE)
target_link_libraries(fullbase_sleef INTERFACE sleef)
