#include "lib/backup/manifest.h"

#include "lib/backup/backup_error.h"
#include "lib/crypto/sha256.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>
#include <boost/json/value_to.hpp>
#include <fmt/format.h>

#include <charconv>
#include <cstring>

namespace postrider {

namespace {

namespace json = boost::json;

constexpr int form = 1;

json::array as_json(const std::vector<BackupPiece>& pieces) {
    json::array all;
    for (const BackupPiece& each : pieces)
        all.push_back(
            {{"name", each.name}, {"bytes", each.bytes}, {"sha256", each.sha256}, {"records", each.records}});
    return all;
}

std::vector<BackupPiece> pieces_of(const json::value& list) {
    std::vector<BackupPiece> pieces;
    for (const json::value& each : list.as_array()) {
        BackupPiece piece;
        piece.name = each.at("name").as_string();
        piece.bytes = each.at("bytes").to_number<std::uint64_t>();
        piece.sha256 = each.at("sha256").as_string();
        piece.records = each.at("records").to_number<long long>();
        // It becomes a path below a folder.
        if (piece.name.empty() || piece.name.front() == '.' || piece.name.find('/') != std::string::npos)
            throw BackupError("the manifest names something that is no file of a backup");
        pieces.push_back(std::move(piece));
    }
    return pieces;
}

std::string text_of(const json::value& object, const char* key) {
    return std::string(object.at(key).as_string());
}

BackupManifest parse(std::string_view text) {
    const json::value value = json::parse(text);
    if (const auto found = value.at("form").to_number<int>(); found != form)
        throw BackupError(fmt::format("the backup has form {}; this version knows {}", found, form));
    BackupManifest manifest;
    manifest.made_by = text_of(value, "made_by");
    manifest.host = text_of(value, "host");
    manifest.taken = text_of(value, "taken");
    manifest.from = text_of(value, "from");
    manifest.to = text_of(value, "to");
    manifest.step = value.at("step").to_number<int>();
    manifest.hash_salt = text_of(value, "hash_salt");
    manifest.installed = text_of(value, "installed");
    manifest.last_message_id = value.at("last_message_id").to_number<long long>();
    for (const json::value& each : value.at("tables").as_array()) {
        BackedUpTable table;
        table.name = text_of(each, "table");
        table.model = text_of(each, "model");
        table.columns = json::value_to<std::vector<std::string>>(each.at("columns"));
        table.rows = each.at("rows").to_number<long long>();
        const std::string digest = text_of(each, "digest");
        std::from_chars(digest.data(), digest.data() + digest.size(), table.digest, 16);
        table.sequence = each.at("sequence").to_number<long long>();
        table.pieces = pieces_of(each.at("pieces"));
        manifest.tables.push_back(std::move(table));
    }
    const json::value& media = value.at("media");
    manifest.files = media.at("files").to_number<long long>();
    manifest.file_bytes = media.at("bytes").to_number<std::uint64_t>();
    manifest.files_missing = media.at("missing").to_number<long long>();
    manifest.media = pieces_of(media.at("pieces"));
    return manifest;
}

}  // namespace

std::string to_json(const BackupManifest& manifest) {
    json::array tables;
    for (const BackedUpTable& each : manifest.tables)
        tables.push_back({{"table", each.name},
                          {"model", each.model},
                          {"columns", json::value_from(each.columns)},
                          {"rows", each.rows},
                          {"digest", fmt::format("{:016x}", each.digest)},
                          {"sequence", each.sequence},
                          {"pieces", as_json(each.pieces)}});
    return json::serialize(json::value{{"form", form},
                                       {"made_by", manifest.made_by},
                                       {"host", manifest.host},
                                       {"taken", manifest.taken},
                                       {"from", manifest.from},
                                       {"to", manifest.to},
                                       {"step", manifest.step},
                                       {"hash_salt", manifest.hash_salt},
                                       {"installed", manifest.installed},
                                       {"last_message_id", manifest.last_message_id},
                                       {"tables", std::move(tables)},
                                       {"media",
                                        {{"files", manifest.files},
                                         {"bytes", manifest.file_bytes},
                                         {"missing", manifest.files_missing},
                                         {"pieces", as_json(manifest.media)}}}});
}

BackupManifest read_manifest(std::string_view text) {
    try {
        return parse(text);
    } catch (const BackupError&) {
        throw;
    } catch (const std::exception&) {
        throw BackupError("the backup's manifest cannot be read");
    }
}

void RowDigest::add(std::string_view record) {
    const std::string hash = sha256(record);
    std::uint64_t part = 0;
    std::memcpy(&part, hash.data(), sizeof part);
    sum_ += part;
}

}  // namespace postrider
