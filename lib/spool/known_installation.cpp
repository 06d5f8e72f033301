#include "lib/spool/known_installation.h"

#include "lib/crypto/base64.h"
#include "lib/crypto/keyed_hash.h"
#include "lib/files/output_file.h"
#include "lib/text/json_object.h"

#include <boost/json/serialize.hpp>

#include <fstream>
#include <string_view>

namespace postrider {

namespace fs = std::filesystem;

namespace {

constexpr const char* file_name = "installation.json";
constexpr std::size_t size_max = 4096;

std::string hash_of(const Secret& salt, const Secret& database_url) {
    const Hash hash = KeyedHash(salt)("database", database_url.reveal());
    return to_base64({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

std::string content_of(const KnownInstallation& known, const Secret& database_url) {
    return serialize(boost::json::object{{"hash_salt", to_base64(known.hash_salt.reveal())},
                                         {"identity", known.identity},
                                         {"database", hash_of(known.hash_salt, database_url)}});
}

std::string read(const fs::path& file) {
    std::ifstream input(file, std::ios::binary);
    std::string content(size_max, '\0');
    input.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(input.gcount()));
    return content;
}

}  // namespace

void remember_installation(const fs::path& folder, const KnownInstallation& known,
                           const Secret& database_url) {
    const std::string content = content_of(known, database_url);
    if (read(folder / file_name) == content) return;
    OutputFile file(folder / file_name);
    file.write(content);
    file.finish();
}

std::optional<KnownInstallation> recall_installation(const fs::path& folder, const Secret& database_url) {
    const boost::json::object content = parse_json_object(read(folder / file_name));
    auto salt = secret_from_base64(text_at(content, "hash_salt"));
    KnownInstallation known{salt ? std::move(*salt) : Secret(), text_at(content, "identity")};
    if (known.hash_salt.empty() || known.identity.empty()) return std::nullopt;
    if (text_at(content, "database") != hash_of(known.hash_salt, database_url)) return std::nullopt;
    return known;
}

}  // namespace postrider
