# postrider_embed(OUT HEADER FILES…): a source file that defines, for the declaration in HEADER, a
# list of {name, text} of the given files in order of name. OUT receives its path.
function(postrider_embed out header)
    set(source ${CMAKE_BINARY_DIR}/embedded/${out}.cpp)
    set(files ${ARGN})
    list(SORT files)
    add_custom_command(OUTPUT ${source}
        COMMAND ${CMAKE_COMMAND} -DOUTPUT=${source} -DHEADER=${header} "-DFILES=${files}"
            -P ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
        DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/embed_files.cmake
        COMMENT "Embedding the migrations" VERBATIM)
    set(${out} ${source} PARENT_SCOPE)
endfunction()
