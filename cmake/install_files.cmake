# Run by `cmake --install`, with ${program} as it was built in ${binary_folder}: what is made of the program itself or of other
# files, or what a second installation leaves alone.
set(root "$ENV{DESTDIR}")
set(prefix "${CMAKE_INSTALL_PREFIX}")
set(source "${CMAKE_CURRENT_LIST_DIR}/..")

# The units name the program by its whole path, and that depends.
foreach(name postrider.service postrider-jobs@.service)
    file(READ "${source}/systemd/${name}" unit)
    string(REPLACE "=/usr/bin/postrider" "=${prefix}/bin/postrider" unit "${unit}")
    message(STATUS "Installing: ${root}${prefix}/lib/systemd/system/${name}")
    file(WRITE "${root}${prefix}/lib/systemd/system/${name}" "${unit}")
endforeach()
file(INSTALL "${source}/systemd/postrider.sysusers" DESTINATION "${prefix}/lib/sysusers.d" RENAME postrider.conf)
file(INSTALL "${source}/systemd/postrider.tmpfiles" DESTINATION "${prefix}/lib/tmpfiles.d" RENAME postrider.conf)

# The program knows its commands best, and the example of the configuration every key.
function(say what file)
    execute_process(COMMAND "${program}" describe ${what} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
    message(STATUS "Installing: ${root}${file}")
    file(WRITE "${root}${file}" "${text}")
endfunction()
say(bash "${prefix}/share/bash-completion/completions/postrider")
say(man "${prefix}/share/man/man1/postrider.1")
file(READ "${source}/config/postrider.yaml" settings)
string(REPLACE "\\" "\\e" settings "${settings}")
string(REPLACE "-" "\\-" settings "${settings}")
string(REGEX REPLACE "\n([.'])" "\n\\\\&\\1" settings "${settings}")
file(WRITE "${root}${prefix}/share/man/man5/postrider.yaml.5" ".TH POSTRIDER.YAML 5 \"\" \"Postrider\" \"File Formats\"
.SH NAME
postrider.yaml \\- configuration of postrider(1)
.SH DESCRIPTION
YAML in UTF\\-8, by default in \\fI/etc/postrider/postrider.yaml\\fR. These are all of its keys:
.PP
.nf
${settings}.fi
.SH SEE ALSO
\\fBpostrider\\fR(1)
")
file(INSTALL "${source}/CHANGELOG.md" DESTINATION "${prefix}/share/doc/postrider" RENAME changelog)
file(INSTALL "${binary_folder}/changelog.Debian" DESTINATION "${prefix}/share/doc/postrider")
find_program(gzip gzip)
if(gzip)
    set(compressed man/man1/postrider.1 man/man5/postrider.yaml.5 doc/postrider/changelog doc/postrider/changelog.Debian)
    list(TRANSFORM compressed PREPEND "${root}${prefix}/share/")
    execute_process(COMMAND "${gzip}" -9nf ${compressed} COMMAND_ERROR_IS_FATAL ANY)
endif()

# What an administrator has changed stays. (A package's staging folder is empty: there it is always made.)
foreach(file config/postrider.yaml=/etc/postrider/postrider.yaml
        config/nagios/commands.cfg=/etc/nagios-plugins/config/postrider.cfg)
    string(REGEX MATCH "^(.*)=(.*)$" both "${file}")
    set(from "${source}/${CMAKE_MATCH_1}")
    set(to "${root}${CMAKE_MATCH_2}")
    if(EXISTS "${to}")
        message(STATUS "Left as it is: ${to}")
    else()
        message(STATUS "Installing: ${to}")
        configure_file("${from}" "${to}" COPYONLY)
    endif()
endforeach()
