# Warnings are errors in our own code; in what we include they are not our business.
function(postrider_warnings target)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
        -Woverloaded-virtual -Wconversion -Wno-sign-conversion -Wimplicit-fallthrough -Werror)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # False alarms of g++ 12 when it optimises: on coroutines, and on moved strings whose length it knows
        # (GCC bug 105329). The sanitizers see what is real.
        target_compile_options(${target} PRIVATE -Wno-mismatched-new-delete -Wno-tsan
            -Wno-maybe-uninitialized -Wno-array-bounds -Wno-stringop-overflow -Wno-restrict)
    endif()
endfunction()
