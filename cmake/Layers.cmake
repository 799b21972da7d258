# fullbase_layer(NAME [SOURCES file...] [USES layer...] [PRIVATE third-party...])
# One target a layer: fullbase_NAME. USES are layers that stand above it in the house (public); third-party packages stay private.
# A source compiled for one instruction set: set its COMPILE_OPTIONS property after the call, e.g. -mavx2;-mfma.
function(fullbase_layer name)
  cmake_parse_arguments(layer "" "" "SOURCES;USES;PRIVATE" ${ARGN})
  set(target fullbase_${name})
  if(layer_SOURCES)
    add_library(${target} STATIC ${layer_SOURCES})
    set(scope PUBLIC)
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_link_libraries(${target} ${scope} fullbase_settings)
  foreach(used IN LISTS layer_USES)
    target_link_libraries(${target} ${scope} fullbase_${used})
  endforeach()
  if(layer_SOURCES)
    target_link_libraries(${target} PRIVATE ${layer_PRIVATE})
  endif()
  add_library(fullbase::${name} ALIAS ${target})
endfunction()

# fullbase_kernels([name...]): the current layer's <name>_baseline.cpp, <name>_avx2.cpp and <name>_avx512.cpp (kernel_*, if no name is given), each
# compiled for its instruction set. Their loops are written to be vectorised, in every build type: a debug build without it is a hundred times slower.
function(fullbase_kernels)
  set(names ${ARGN})
  if(NOT names)
    set(names kernel)
  endif()
  foreach(name IN LISTS names)
    set_source_files_properties(${name}_baseline.cpp PROPERTIES COMPILE_OPTIONS "-O3")
    set_source_files_properties(${name}_avx2.cpp PROPERTIES COMPILE_OPTIONS "-O3;-march=x86-64-v3")
    # g++ 12's own AVX-512 header trips its warning about uninitialised values (GCC bug 105593).
    set_source_files_properties(${name}_avx512.cpp PROPERTIES COMPILE_OPTIONS
      "-O3;-march=x86-64-v4;$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>;$<$<CXX_COMPILER_ID:GNU>:-Wno-uninitialized>")
  endforeach()
endfunction()
