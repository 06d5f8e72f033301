#include "lib/model/media.h"

namespace postrider {

std::string bare_type(std::string_view content_type) {
    content_type = content_type.substr(0, content_type.find(';'));
    std::string type(content_type.substr(0, content_type.find_last_not_of(" \t") + 1));
    for (char& c : type) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return type;
}

}  // namespace postrider
