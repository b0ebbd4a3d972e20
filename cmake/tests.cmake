# The tests, one ctest entry each, so that they run side by side and one that crashes or hangs takes nobody along.

find_package(GTest REQUIRED)
include(GoogleTest)
enable_testing()

# What the tests share; it knows where the program and the tree are.
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/support/*.cc)
add_library(support STATIC ${sources})
target_link_libraries(support PUBLIC base GTest::gmock)
# Test code is compiled more often than it runs, and what gtest's macros become takes long to optimize.
target_compile_options(support PUBLIC $<$<CONFIG:Debug>:-O0;-g1>)
target_compile_definitions(support PUBLIC HOOPSNAKE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")

# The unit tests, one program; the end-to-end tests, another that runs the real one.
file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/*_test.cc)
add_executable(unit_tests ${sources} tests/tidy_test.cc)
target_link_libraries(unit_tests PRIVATE support server interp GTest::gtest_main)
gtest_discover_tests(unit_tests DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)

# For a person at work on one folder: `ninja -C build/dev unit_loop` needs only what that folder stands on.
foreach(folder base config loop site http ipc interp server)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${folder}/*_test.cc)
  if(sources)
    add_executable(unit_${folder} EXCLUDE_FROM_ALL ${sources})
    target_link_libraries(unit_${folder} PRIVATE support ${folder} GTest::gtest_main)
  endif()
endforeach()

# tests/e2e/test_*.py: real frameworks, by pytest.
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/e2e/*_test.cc)
file(GLOB python_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/e2e/test_*.py)
if(TARGET hoopsnake)
  target_compile_definitions(support PUBLIC HOOPSNAKE_BINARY="$<TARGET_FILE:hoopsnake>")
  add_executable(e2e_tests ${sources})
  add_dependencies(e2e_tests hoopsnake)
  target_link_libraries(e2e_tests PRIVATE support http GTest::gtest_main)
  gtest_discover_tests(e2e_tests DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
  foreach(source IN LISTS python_tests)
    cmake_path(GET source STEM name)
    add_test(NAME ${name} COMMAND ${HOOPSNAKE_PYTHON} -B -m pytest -q -p no:cacheprovider ${source})
    set_tests_properties(
      ${name} PROPERTIES TIMEOUT 600 ENVIRONMENT "HOOPSNAKE_BINARY=$<TARGET_FILE:hoopsnake>")
  endforeach()
endif()

# tests/fuzz/x_fuzz.cc and its seeds tests/fuzz/corpus/x/*: fuzzed by clang, replayed by every other build.
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/*_fuzz.cc)
foreach(source IN LISTS sources)
  cmake_path(GET source STEM target)
  string(REGEX REPLACE "_fuzz$" "" name ${target})
  add_executable(${target} ${source})
  target_link_libraries(${target} PRIVATE loop ipc)
  if(HOOPSNAKE_LIBFUZZER)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME Fuzz.${name} COMMAND ${target} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
  endif()
endforeach()

# Small benchmarks are for a person with a question: `ninja -C build/release micro`.
find_package(benchmark QUIET)
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/perf/micro/*_bench.cc)
if(benchmark_FOUND AND sources)
  add_executable(micro EXCLUDE_FROM_ALL ${sources})
  target_link_libraries(micro PRIVATE server interp benchmark::benchmark benchmark::benchmark_main)
endif()
