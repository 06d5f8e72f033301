# Writes OUTPUT: the texts of FILES as raw string literals (see embed.cmake).
set(entries "")
foreach(file ${FILES})
    get_filename_component(name ${file} NAME)
    file(READ ${file} text)
    string(APPEND entries "    {\"${name}\", R\"embedded(${text})embedded\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"${HEADER}\"\n\nnamespace postrider {\n
const std::vector<EmbeddedFile>& embedded_migrations() {
    static const std::vector<EmbeddedFile> files{\n${entries}    };
    return files;
}

}  // namespace postrider\n")
