# What plots/package-lock.json pins, installed once for all builds of this clone into build/npm.
# Sets STRATA_NPM to that folder, or to nothing where it can't be had, and says why.

set(STRATA_NPM "")
set(folder ${CMAKE_SOURCE_DIR}/build/npm)
file(SHA256 ${CMAKE_CURRENT_SOURCE_DIR}/package-lock.json wanted)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS package-lock.json)

file(MAKE_DIRECTORY ${folder})
file(LOCK ${folder} DIRECTORY GUARD FILE TIMEOUT 600)
set(installed "")
if(EXISTS ${folder}/installed)
  file(READ ${folder}/installed installed)
endif()
if(installed STREQUAL wanted)
  set(STRATA_NPM ${folder})
else()
  find_program(STRATA_NPM_PROGRAM npm)
  if(NOT STRATA_NPM_PROGRAM)
    set(why "npm is not installed (Debian: apt-get install npm)")
  else()
    message(STATUS "Fetching what charts are drawn with (npm ci)")
    file(COPY package.json package-lock.json .npmrc DESTINATION ${folder})
    execute_process(COMMAND ${STRATA_NPM_PROGRAM} ci WORKING_DIRECTORY ${folder} TIMEOUT 300
      RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
    if(status EQUAL 0)
      file(WRITE ${folder}/installed ${wanted})
      set(STRATA_NPM ${folder})
    else()
      set(why "npm ci in ${folder} failed (${status}): ${output}")
    endif()
  endif()
endif()

if(NOT STRATA_NPM)
  message(WARNING "Strata is built without Vega: ${why}\n"
    "Reports will show tables where charts would be, and `strata plot` writes specifications (json) only. "
    "Mend that and run cmake again.")
endif()
