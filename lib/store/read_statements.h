#pragma once

#include <string>

namespace postrider {

/// SQL that reads waiting rows by when they are due, in no order: to sort them there would carry whole
/// rows about. `lookup_keys`: whether the site's table has them. Its parameters: the key to read after (moment, id), until when, how many, and HeldRows.
std::string read_due_sql(bool lookup_keys);
/// SQL that reads those with given ids that still wait, with the last end that the journal has of each.
/// Its parameters: the ids, and HeldRows.
std::string read_by_id_sql(bool lookup_keys);

/// SQL that reads the one with a given id, held or not, if it waits.
std::string read_any_sql(bool lookup_keys);

/// SQL that joins, as `e`, the journal's last end of the message whose id is `message_id`; nulls where
/// it has come to none.
std::string join_last_end(const std::string& message_id);

}  // namespace postrider
