# The layers of Strata, enforced by the compiler.
#
#   strata_layer(NAME PATH folder [DEPS layer…])
#       Declares a layer. Its targets see one include directory, which holds its own folder and those of
#       DEPS (and of theirs) and nothing else, so an include that the design does not allow does not build.
#   strata_library(LAYER [NAME name] SOURCES … [LINK …])   a static library strata_NAME, NAME = LAYER by default
#   strata_executable(NAME LAYER layer SOURCES … [LINK …])
#   strata_test(NAME LAYER layer SOURCES … [LINK …] [LABELS …] [TIMEOUT seconds] [ALONE]
#               [ONE_CASE argument…])
#       A GoogleTest program. Each of its tests is a CTest case; exit 77 is a skip.
#       LABELS defaults to "unit"; "integration" is for tests with the real engine.
#       ALONE, and any integration test, does not run beside another such.
#       ONE_CASE makes the whole program one CTest case, started with these arguments.
#   strata_fuzzer(NAME LAYER layer ENTRY file TEST file [LINK …])
#       With STRATA_FUZZERS, NAME-fuzzer: libFuzzer on the LLVMFuzzerTestOneInput of ENTRY. And NAME-corpus, which
#       writes what the GoogleTest in TEST feeds to that entry into a folder: the fuzzer's first corpus.
#   strata_benchmark(NAME LAYER layer SOURCES … [LINK …])  a Google Benchmark of Strata itself

# -Wmaybe-uninitialized, left out in the presets with sanitizers: GCC 12 warns of what they add.
# -Wrestrict: GCC 12 warns of std::string's own operator+ (its bug 105651).
add_library(strata_flags INTERFACE)
target_compile_options(strata_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wformat=2 -Werror
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)

function(strata_layer name)
  cmake_parse_arguments(arg "" "PATH" "DEPS" ${ARGN})
  set(paths ${arg_PATH})
  foreach(dep IN LISTS arg_DEPS)
    get_property(dep_paths GLOBAL PROPERTY strata_layer_paths_${dep})
    if(NOT dep_paths)
      message(FATAL_ERROR "layer ${name} depends on ${dep}, which is not declared before it")
    endif()
    list(APPEND paths ${dep_paths})
  endforeach()
  list(REMOVE_DUPLICATES paths)
  set_property(GLOBAL PROPERTY strata_layer_paths_${name} "${paths}")
  set(include ${CMAKE_BINARY_DIR}/layers/${name})
  file(REMOVE_RECURSE ${include})
  # A folder that lies inside another of the list comes with it.
  foreach(path IN LISTS paths)
    set(inside FALSE)
    foreach(other IN LISTS paths)
      if(path MATCHES "^${other}/")
        set(inside TRUE)
      endif()
    endforeach()
    if(NOT inside)
      cmake_path(GET path PARENT_PATH parent)
      file(MAKE_DIRECTORY ${include}/${parent})
      file(CREATE_LINK ${CMAKE_SOURCE_DIR}/${path} ${include}/${path} SYMBOLIC)
    endif()
  endforeach()
endfunction()

function(strata_setup target layer)
  target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/layers/${layer})
  # What runs inside an instance, reads millions of trials or serves functions is optimised in full. The rest waits
  # for others, and builds in three quarters of the time.
  if(CMAKE_BUILD_TYPE STREQUAL Release AND layer MATCHES "^(drivers|plots|bench)$" AND NOT target MATCHES "faas_emulator")
    target_compile_options(${target} PRIVATE -O1)
  endif()
  target_link_libraries(${target} PRIVATE strata_flags)
endfunction()

function(strata_library layer)
  cmake_parse_arguments(arg "" "NAME" "SOURCES;LINK" ${ARGN})
  if(NOT arg_NAME)
    set(arg_NAME ${layer})
  endif()
  add_library(strata_${arg_NAME} STATIC ${arg_SOURCES})
  strata_setup(strata_${arg_NAME} ${layer})
  target_link_libraries(strata_${arg_NAME} PUBLIC ${arg_LINK})
endfunction()

function(strata_executable name)
  cmake_parse_arguments(arg "" "LAYER" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  strata_setup(${name} ${arg_LAYER})
  target_link_libraries(${name} PRIVATE ${arg_LINK})
endfunction()

function(strata_test name)
  cmake_parse_arguments(arg "ALONE" "LAYER;TIMEOUT" "SOURCES;LINK;LABELS;ONE_CASE" ${ARGN})
  if(NOT STRATA_TESTS)
    return()
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  strata_executable(${name} LAYER ${arg_LAYER} SOURCES ${arg_SOURCES}
    LINK ${arg_LINK} GTest::gmock GTest::gtest GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  # Those that look at what is left on the host, or remove it, must not meet another's live instances.
  set(alone "")
  if(arg_ALONE OR NOT arg_LABELS STREQUAL unit)
    set(alone RESOURCE_LOCK host)
  endif()
  if(arg_ONE_CASE)
    add_test(NAME ${name} COMMAND ${name} ${arg_ONE_CASE})
    set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT} ${alone})
    return()
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
    PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77 ${alone})
endfunction()

function(strata_fuzzer name)
  cmake_parse_arguments(arg "" "LAYER;ENTRY;TEST" "LINK" ${ARGN})
  if(NOT STRATA_FUZZERS)
    return()
  endif()
  strata_executable(${name}-fuzzer LAYER ${arg_LAYER} SOURCES ${arg_ENTRY}
    LINK ${arg_LINK} -fsanitize=fuzzer)
  strata_executable(${name}-corpus LAYER ${arg_LAYER}
    SOURCES ${arg_TEST} ${CMAKE_SOURCE_DIR}/results/fuzz/corpus_writer.cpp
    LINK ${arg_LINK} GTest::gtest GTest::gtest_main)
  set_target_properties(${name}-fuzzer ${name}-corpus PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzzers)
  add_dependencies(fuzzers ${name}-fuzzer ${name}-corpus)
endfunction()

function(strata_benchmark name)
  cmake_parse_arguments(arg "" "LAYER" "SOURCES;LINK" ${ARGN})
  if(STRATA_BENCHMARKS)
    strata_executable(${name} LAYER ${arg_LAYER} SOURCES ${arg_SOURCES}
      LINK ${arg_LINK} benchmark::benchmark)
  endif()
endfunction()
